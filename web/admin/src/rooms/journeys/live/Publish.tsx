import { useQueries } from "@tanstack/react-query";
import { Modal } from "antd";
import { api, ask } from "@/api/client";
import { ConfirmTyped, format, usePick } from "@/ui";
import { useFacts } from "../canvas/context";
import { saysMessage } from "../drawing/shape";
import { schemaOf } from "../drawing/traits";
import { words } from "../words";

interface PublishProps {
  readonly name: string;
  readonly open: boolean;
  readonly busy: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** What publishing does, in numbers; where people enter at once, their number is typed. */
export function Publish({ name, open, busy, onConfirm, onClose }: PublishProps) {
  const t = words.use();
  const effects = useEffects(open);
  const what = (
    <>
      <ul className="jeffects">
        {effects.lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {effects.people > 0 && <p className="small soft">{t("publishPractice")}</p>}
    </>
  );
  const title = t("publishTitle", { name });
  if (effects.people > 0)
    return (
      <ConfirmTyped open={open} title={title} expected={format.count(effects.people)} verb={t("publish")} busy={busy} onConfirm={onConfirm} onClose={onClose}>
        {what}
      </ConfirmTyped>
    );
  return (
    <Modal open={open} title={title} okText={t("publish")} confirmLoading={busy} okButtonProps={{ disabled: !effects.known }} onOk={onConfirm} onCancel={onClose} width={480}>
      {what}
    </Modal>
  );
}

function useEffects(open: boolean) {
  const t = words.use();
  const say = usePick();
  const { drawing, kindOf, events, counts, titleOf, journey } = useFacts();
  const entries = drawing.nodes.filter((node) => kindOf(node)?.entry);
  const ids = entries.map((node) => node.config["segment_id"]).filter((id) => typeof id === "number");
  const segments = useQueries({
    queries: ids.map((id) => ({ queryKey: ["segment", id], queryFn: () => ask(api.GET("/api/segments/{segment_id}", { params: { path: { segment_id: id } } })), enabled: open })),
  });
  const found = segments.flatMap((one) => (one.data ? [one.data] : []));
  const lines = entries.map((node) => {
    const segment = found.find((one) => one.id === node.config["segment_id"]);
    const type = (node.config["match"] as { event?: string } | undefined)?.event;
    const event = events.find((one) => one.type === type);
    if (segment) return t("publishNow", { name: segment.name, n: format.count(segment.people) });
    return event ? t("publishEvent", { event: say(event.title) }) : t("publishOther", { node: titleOf(node) });
  });
  const messages = drawing.nodes.filter((node) => {
    const kind = kindOf(node);
    return kind && saysMessage(schemaOf(kind));
  }).length;
  const inside = [...counts.values()].reduce((sum, one) => sum + one.waiting, 0);
  if (messages > 0) lines.push(t("publishMessages", { n: messages }));
  if (journey.published && inside > 0) lines.push(t("publishInside", { n: format.count(inside) }));
  return { lines, people: found.reduce((sum, one) => sum + one.people, 0), known: found.length === new Set(ids).size };
}
