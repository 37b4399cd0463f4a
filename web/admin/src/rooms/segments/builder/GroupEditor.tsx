import { Button, Select } from "antd";
import { useSegmentChoice } from "@/api/segmentChoice";
import { Icon } from "@/ui";
import { sequenceLeaf } from "../rule/sequence";
import { complete, didLeaf, fieldLeaf, group, segmentLeaf, tagLeaf, type Group, type Node, type SegmentLeaf } from "../rule/tree";
import { words } from "../words";
import { BranchCount } from "./BranchCount";
import { useBuilder } from "./context";
import { DidRow } from "./DidRow";
import { FieldRow } from "./FieldRow";
import { SequenceSteps } from "./SequenceRow";
import { TagRow } from "./TagRow";
import { Where } from "./Where";
import { WindowInput } from "./WindowInput";

/** Conditions that hold together or any of them; groups nest, also inside the records of a behaviour. */
export function GroupEditor({ value, relation, root }: { value: Group; relation: string; root?: boolean }) {
  const t = words.use();
  return (
    <div className={root ? "rule-group rule-root" : "rule-group"} role="group" aria-label={t(value.op === "and" ? "andLong" : "orLong")}>
      {!root && (
        <div className="rule-line rule-group-head">
          {value.not && <span className="rule-not">{t("not")}</span>}
          <span className="small soft">{t(value.op === "and" ? "andLong" : "orLong")}</span>
          {relation === "person" && <BranchCount node={value} />}
          <NodeTools node={value} json={relation === "person"} />
        </div>
      )}
      <ol className="rule-nodes">
        {value.nodes.map((node, place) => (
          <li key={node.id}>
            <Joint group={value} place={place} />
            <NodeEditor node={node} relation={relation} />
          </li>
        ))}
      </ol>
      {root && relation === "person" && value.nodes.length === 0 && <p className="soft rule-everyone">{t("everyone")}</p>}
      <Adders parent={value.id} relation={relation} />
    </div>
  );
}

/** The word between two conditions; one press turns the whole group from and to or. */
function Joint({ group, place }: { group: Group; place: number }) {
  const t = words.use();
  const { dispatch } = useBuilder();
  if (place === 0) return <span className="rule-joint" aria-hidden />;
  const other = group.op === "and" ? "or" : "and";
  return (
    <button type="button" className="rule-joint" title={t(other === "and" ? "andLong" : "orLong")} onClick={() => dispatch({ type: "op", id: group.id, op: other })}>
      {t(group.op)}
    </button>
  );
}

function NodeEditor({ node, relation }: { node: Node; relation: string }) {
  const t = words.use();
  const { dispatch } = useBuilder();
  if (node.kind === "group") return <GroupEditor value={node} relation={relation} />;
  return (
    <div className={complete(node) ? "rule-leaf" : "rule-leaf rule-open"}>
      <div className="rule-head">
        <div className="rule-line">
          {node.not && <span className="rule-not">{t("not")}</span>}
          {node.kind === "field" && <FieldRow leaf={node} relation={relation} />}
          {node.kind === "did" && <DidRow leaf={node} />}
          {node.kind === "sequence" && <WindowInput window={node.window} onChange={(window) => dispatch({ type: "replace", node: { ...node, window } })} />}
          {node.kind === "segment" && <InSegment leaf={node} />}
        </div>
        {relation === "person" && <BranchCount node={node} />}
        <NodeTools node={node} />
      </div>
      {node.kind === "did" && <Where where={node.where} relation={node.did.relation} />}
      {node.kind === "sequence" && <SequenceSteps leaf={node} />}
    </div>
  );
}

function NodeTools({ node, json = false }: { node: Node; json?: boolean }) {
  const t = words.use();
  const { asJson, dispatch } = useBuilder();
  const removeWord = t(node.kind === "group" ? "removeGroup" : "remove");
  return (
    <span className="rule-tools">
      {json && asJson && node.kind === "group" && (
        <button type="button" aria-label={t("jsonGroup")} title={t("jsonGroup")} onClick={() => asJson(node)}>
          <Icon name="code" size={14} />
        </button>
      )}
      <button type="button" aria-pressed={node.not} onClick={() => dispatch({ type: "not", id: node.id })}>
        {t("notTurn")}
      </button>
      <button type="button" aria-label={removeWord} title={removeWord} onClick={() => dispatch({ type: "remove", id: node.id })}>
        <Icon name="close" size={14} />
      </button>
    </span>
  );
}

/** A value of a tag is a segment too; it is chosen by the tag's name. */
function InSegment({ leaf }: { leaf: SegmentLeaf }) {
  const { catalog } = useBuilder();
  const tag = leaf.tag ?? catalog.tags.find((one) => one.values.some((value) => value.segment_id === leaf.segment))?.id;
  return tag === undefined && leaf.tag === undefined ? <SegmentRow leaf={leaf} /> : <TagRow leaf={leaf} tag={tag ?? null} />;
}

function SegmentRow({ leaf }: { leaf: SegmentLeaf }) {
  const t = words.use();
  const { dispatch, self } = useBuilder();
  const segments = useSegmentChoice(leaf.segment);
  return (
    <>
      <span>{t("inSegment")}</span>
      <Select
        aria-label={t("chooseSegment")}
        className="rule-field"
        placeholder={t("chooseSegment")}
        showSearch={segments.search}
        autoFocus={leaf.segment === null}
        value={segments.own ? leaf.segment : null}
        options={segments.items.filter((item) => item.id !== self).map((item) => ({ value: item.id, label: item.name }))}
        onChange={(segment: number) => dispatch({ type: "replace", node: { ...leaf, segment } })}
      />
    </>
  );
}

function Adders({ parent, relation }: { parent: string; relation: string }) {
  const t = words.use();
  const { catalog, dispatch } = useBuilder();
  const add = (node: Node) => dispatch({ type: "add", parent, node });
  const behaviour = catalog.relations.find((item) => item.key !== "person");
  const cart = catalog.relations.find((item) => item.key === "event:cart.added")?.key ?? behaviour?.key ?? "";
  const person = relation === "person";
  return (
    <div className="rule-adders">
      <Button size="small" icon={<Icon name="plus" size={12} />} onClick={() => add(fieldLeaf({ op: "eq", field: "" }))}>
        {t(person ? "addField" : "addWhere")}
      </Button>
      {person && behaviour && (
        <>
          <Button size="small" icon={<Icon name="plus" size={12} />} onClick={() => add(didLeaf(behaviour.key))}>
            {t("addDid")}
          </Button>
          <Button size="small" icon={<Icon name="plus" size={12} />} onClick={() => add(didLeaf(behaviour.key, 7))}>
            {t("addRun")}
          </Button>
          <Button size="small" icon={<Icon name="plus" size={12} />} onClick={() => add(sequenceLeaf(cart, behaviour.key))}>
            {t("addSequence")}
          </Button>
        </>
      )}
      {person && (
        <Button size="small" icon={<Icon name="plus" size={12} />} onClick={() => add(segmentLeaf(null))}>
          {t("addSegment")}
        </Button>
      )}
      {person && catalog.tags.length > 0 && (
        <Button size="small" icon={<Icon name="plus" size={12} />} onClick={() => add(tagLeaf())}>
          {t("addTag")}
        </Button>
      )}
      <Button size="small" type="text" icon={<Icon name="group" size={12} />} onClick={() => add(group("or", [fieldLeaf({ op: "eq", field: "" })]))}>
        {t("addGroup")}
      </Button>
    </div>
  );
}
