import { Button } from "antd";
import { useState } from "react";
import { useCancelOperation } from "@/api/queries";
import { format, Icon, TaskProgress, toastError, usePick } from "@/ui";
import { useCheckAll, useTask } from "./queries";
import { words } from "./words";

interface Found {
  readonly rows: number;
  readonly good: number;
  readonly bad: number;
  readonly skipped: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly examples: Readonly<Record<string, readonly { readonly row_no: number; readonly zh: string; readonly en: string }[]>>;
}

/** Goes through the whole file without writing anything, and tells what it found. */
export function CheckAll({ file, mapping, disabled }: { file: File; mapping: string; disabled: boolean }) {
  const t = words.use();
  const check = useCheckAll();
  const [asked, setAsked] = useState<{ readonly id: number; readonly mapping: string } | null>(null);
  const begin = () => check.mutate({ file, mapping }, { onSuccess: (begun) => setAsked({ id: begun.operation_id, mapping }), onError: toastError });
  if (asked?.mapping === mapping) return <Trial id={asked.id} />;
  return (
    <div className="wizard-check">
      <Button size="large" icon={<Icon name="check" size={16} />} disabled={disabled} loading={check.isPending} onClick={begin}>
        {t("checkAll")}
      </Button>
      <p className="small soft">{t("checkWhat")}</p>
    </div>
  );
}

/** A trial under way, or what it found. */
function Trial({ id }: { id: number }) {
  const t = words.use();
  const task = useTask(id).data;
  const cancel = useCancelOperation();
  if (task?.state === "done") return <Told found={task.result as unknown as Found} />;
  if (task && task.state !== "running")
    return (
      <p className="bad wizard-check">
        {t("checkFailed")} {task.message}
      </p>
    );
  const done = task?.done ?? 0;
  return (
    <div className="wizard-check">
      <TaskProgress done={done} total={task?.total ?? 0} label={t("checkAll")} stopping={cancel.isPending} onStop={() => cancel.mutate(id)}>
        {t("checking", { n: format.count(done) })}
      </TaskProgress>
    </div>
  );
}

function Told({ found }: { found: Found }) {
  const t = words.use();
  const say = usePick();
  const n = format.count;
  return (
    <div role="status">
      <p className={found.bad > 0 ? "warning" : "good"}>{t("checked", { rows: n(found.rows), good: n(found.good), bad: n(found.bad), skipped: n(found.skipped) })}</p>
      <ul className="preview-reasons">
        {Object.entries(found.reasons).map(([code, rows]) => {
          const first = found.examples[code]?.[0];
          return (
            <li key={code}>
              <span className="bad">{first ? say(first) : code}</span> <span className="soft">×{n(rows)}</span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
