import { Button, Input, Select } from "antd";
import { Field, format, Icon, usePick } from "@/ui";
import { useFacts, type NodeCounts } from "../canvas/context";
import { useEdits } from "../canvas/useCanvasKeys";
import { useWayWord } from "../canvas/wayWord";
import { change, connect, disconnect, type DrawnNode } from "../drawing/drawing";
import { saysMessage } from "../drawing/shape";
import { schemaOf } from "../drawing/traits";
import { words } from "../words";
import { ConfigForm } from "./ConfigForm";
import { MessageForm } from "./MessageForm";
import { PeopleHere } from "./PeopleHere";
import { useWorded } from "./worded";

const NOTE_LETTERS = 500;

/** One node: what is wrong with it, who is there, its settings, where its ways lead, and a note. */
export function NodePanel({ node }: { node: DrawnNode }) {
  const t = words.use();
  const say = usePick();
  const { kindOf, problems, counts, setConfig, draw, fixed } = useFacts();
  const worded = useWorded();
  const { drop, take } = useEdits();
  const kind = kindOf(node);
  if (!kind) return null;
  const root = schemaOf(kind);
  const set = (config: DrawnNode["config"]) => setConfig(node.key, config, `config.${node.key}`);
  const wrong = problems.filter((one) => one.node === node.key);
  const here = counts.get(node.key);
  return (
    <>
      <header className="jpanel-head">
        <h2>{say(kind.title)}</h2>
        {!fixed && (
          <span className="row">
            <Button type="text" size="small" icon={<Icon name="copy" size={14} />} aria-label={t("copyNode")} title={t("copyNode")} onClick={() => take([node.key])} />
            <Button type="text" size="small" icon={<Icon name="trash" size={14} />} aria-label={t("deleteNode")} title={t("deleteNode")} onClick={() => drop([node.key])} />
          </span>
        )}
      </header>
      {wrong.length > 0 && (
        <ul className="jwrong small">
          {wrong.map((one) => (
            <li key={one.message}>{worded(one)}</li>
          ))}
        </ul>
      )}
      {here && here.came > 0 && <Sum counts={here} />}
      <fieldset className="jfields" key={node.key}>
        {saysMessage(root) ? <MessageForm values={node.config} set={set} /> : <ConfigForm root={root} values={node.config} set={set} />}
        {Object.keys(root.properties ?? {}).length === 0 && <p className="soft">{t("nothingToSet")}</p>}
      </fieldset>
      <Ways node={node} />
      <fieldset className="jfields">
        <Field label={t("note")} help={t("noteHelp")}>
          {(id, about) => (
            <Input.TextArea id={id} aria-describedby={about} autoSize={{ minRows: 1, maxRows: 4 }} maxLength={NOTE_LETTERS} value={node.note} onChange={({ target }) => draw((now) => change(now, node.key, { note: target.value }), `note.${node.key}`)} />
          )}
        </Field>
      </fieldset>
      {here && here.waiting + here.ended > 0 && <PeopleHere node={node.key} people={here.waiting + here.ended} />}
    </>
  );
}

/** Where the people who came are: the parts always make the whole. */
export function Sum({ counts }: { counts: NodeCounts }) {
  const t = words.use();
  const on = Object.values(counts.ways).reduce((sum, people) => sum + people, 0);
  const parts = [["waiting", counts.waiting], ["exited", counts.exited], ["ended", counts.ended], ["wentOn", on]] as const;
  const sent = ["waiting", "sent", "suppressed", "failed", "unknown", "exited"] as const;
  return (
    <section className="jsum" aria-label={t("counts")}>
      <p title={t("sumWhat")}>
        <b>
          {t("came")} {format.count(counts.came)}
        </b>
        {" = "}
        {parts.map(([word, people], place) => (
          <span key={word} className={people ? "" : "soft"}>
            {place > 0 && " + "}
            {t(word)} {format.count(people)}
          </span>
        ))}
      </p>
      {counts.sent["sent"] !== undefined && (
        <p className="small soft">{sent.filter((state) => counts.sent[state]).map((state) => `${t(`sent.${state}`)} ${format.count(counts.sent[state] ?? 0)}`).join(" · ")}</p>
      )}
    </section>
  );
}

/** Where each way leads, to be chosen without a mouse too: a node that is there, or a new one. */
function Ways({ node }: { node: DrawnNode }) {
  const t = words.use();
  const say = usePick();
  const { drawing, draw, waysOf, kinds, kindOf, titleOf, place } = useFacts();
  const wayWord = useWayWord();
  const ways = waysOf(node);
  if (ways.length === 0) return null;
  const others = drawing.nodes.filter((one) => one.key !== node.key && !kindOf(one)?.entry).map((one) => ({ value: `to ${one.key}`, label: titleOf(one) }));
  const fresh = kinds.filter((kind) => !kind.entry).map((kind) => ({ value: `new ${kind.key}`, label: say(kind.title) }));
  const choose = (way: string, choice: string | undefined) => {
    const [what, key = ""] = (choice ?? "").split(" ");
    if (what === "new") place(key, { after: node.key, way });
    else draw((now) => (what === "to" ? connect(now, { from: node.key, way, to: key }) : disconnect(now, node.key, way)));
  };
  return (
    <section className="jways" aria-label={t("ways")}>
      <p className="jlabel">
        {t("ways")} <span className="small soft">{t("waysWhat")}</span>
      </p>
      {ways.map((way) => {
        const to = drawing.edges.find((edge) => edge.from === node.key && edge.way === way)?.to;
        return (
          <div key={way} className="jways-line">
            <span>{wayWord(way)}</span>
            <Select
              aria-label={wayWord(way)}
              allowClear
              showSearch={{ optionFilterProp: "label" }}
              placeholder={t("leadsNowhere")}
              status={to === undefined ? "warning" : ""}
              value={to === undefined ? null : `to ${to}`}
              onChange={(choice: string | null | undefined) => choose(way, choice ?? undefined)}
              options={[...(others.length ? [{ label: t("toOld"), options: others }] : []), { label: t("toNew"), options: fresh }]}
            />
          </div>
        );
      })}
    </section>
  );
}
