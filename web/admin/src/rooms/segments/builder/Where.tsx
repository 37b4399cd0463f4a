import { Icon } from "@/ui";
import { fieldLeaf, type Group } from "../rule/tree";
import { words } from "../words";
import { useBuilder } from "./context";
import { GroupEditor } from "./GroupEditor";

/** Which records count: nothing said yet, or conditions over the relation's own fields. */
export function Where({ where, relation }: { where: Group; relation: string }) {
  const t = words.use();
  const { dispatch } = useBuilder();
  if (where.nodes.length === 0)
    return (
      <button type="button" className="rule-add small" onClick={() => dispatch({ type: "add", parent: where.id, node: fieldLeaf({ op: "eq", field: "" }) })}>
        <Icon name="plus" size={12} />
        {t("addWhere")}
      </button>
    );
  return (
    <div className="rule-where">
      <span className="small soft">{t("where")}</span>
      <GroupEditor value={where} relation={relation} root />
    </div>
  );
}
