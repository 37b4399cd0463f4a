import { Button, Drawer } from "antd";
import { useCancelOperation, useOperations } from "@/api/queries";
import type { Operation } from "@/api/types";
import { Count, EmptyState, Part, Seconds, Tag, TimeText, toastError, type Tone } from "@/ui";
import { appWords } from "./words";

const tone: Readonly<Record<string, Tone>> = { done: "good", failed: "bad", cancelled: "plain", queued: "plain" };
const word = {
  done: "operationDone",
  failed: "operationFailed",
  cancelled: "operationCancelled",
  queued: "operationQueued",
} as const;

const kinds = {
  import: "kindImport",
  audience: "kindAudience",
  lookalike: "kindLookalike",
  suggest: "kindSuggest",
  person_copy: "kindCopy",
  person_erase: "kindErase",
  fields: "kindFields",
  tag_set: "kindTag",
  tag_undo: "kindTagUndo",
  tag_collect: "kindTagCollect",
} as const;

/** Every long task of this brand: how far it is, what came of it, and a way to stop it. */
export function OperationsDrawer({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = appWords.use();
  const operations = useOperations();
  return (
    <Drawer open={open} onClose={onClose} title={t("operations")} size={400}>
      <Part query={operations}>
        {(data) =>
          data.items.length === 0 ? (
            <EmptyState title={t("operationsNone")}>{t("operationsWhat")}</EmptyState>
          ) : (
            <ul className="operations">
              {data.items.map((item) => (
                <OneOperation key={item.id} item={item} />
              ))}
            </ul>
          )
        }
      </Part>
    </Drawer>
  );
}

/** What kind of task it is, and of what. */
function useTitle(item: Operation): string {
  const t = appWords.use();
  const kind = item.kind in kinds ? t(kinds[item.kind as keyof typeof kinds]) : "";
  return [kind, item.title].filter(Boolean).join(" · ");
}

function OneOperation({ item }: { item: Operation }) {
  const t = appWords.use();
  const cancel = useCancelOperation();
  const running = item.state === "running";
  const title = useTitle(item);
  const share = item.total > 0 ? Math.min(100, (item.done / item.total) * 100) : 0;
  return (
    <li>
      <div className="row apart">
        <h3>{title}</h3>
        {!running && <Tag tone={tone[item.state] ?? "plain"}>{item.state in word ? t(word[item.state as keyof typeof word]) : item.state}</Tag>}
      </div>
      {running && (
        <progress max={100} value={item.total > 0 ? share : undefined} aria-label={title} />
      )}
      <div className="row apart small soft">
        <span>
          {item.total > 0 && running ? (
            <>
              <Count value={item.done} /> / <Count value={item.total} />
            </>
          ) : (
            <TimeText at={item.started_at} />
          )}
          {running && item.seconds_left !== null && (
            <>
              {" · "}
              {t("timeLeft")} <Seconds value={item.seconds_left} />
            </>
          )}
          {item.message && ` · ${item.message}`}
        </span>
        {(running || item.state === "queued") && (
          <Button size="small" loading={cancel.isPending} onClick={() => cancel.mutate(item.id, { onError: toastError })}>
            {t("cancelIt")}
          </Button>
        )}
      </div>
    </li>
  );
}
