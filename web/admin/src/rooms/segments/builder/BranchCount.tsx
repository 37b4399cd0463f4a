import { format } from "@/ui";
import { alone } from "../rule/branches";
import type { Node } from "../rule/tree";
import { words } from "../words";
import { useBuilder } from "./context";

/** How many people one condition or group matches by itself. */
export function BranchCount({ node }: { node: Node }) {
  const t = words.use();
  const { counts } = useBuilder();
  const own = counts && alone(node);
  if (!own) return null;
  const people = counts.get(own);
  if (people === undefined) return <span className="rule-count waiting" aria-hidden>…</span>;
  if (people === null)
    return (
      <span className="rule-count" title={t("aloneLong")} aria-label={t("aloneLong")}>
        –
      </span>
    );
  const n = format.count(people);
  return (
    <span className="rule-count" title={t("aloneAbout", { n })}>
      {t("alone", { n })}
    </span>
  );
}
