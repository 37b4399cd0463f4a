import { useEffect, useMemo, useRef, useState } from "react";
import type { Catalog, Rule } from "@/api/rule";
import { Part } from "@/ui";
import { useCatalog } from "../queries";
import { reduce, type Action } from "../rule/reducer";
import { complete, fromRule, rootRule } from "../rule/tree";
import { BuilderContext } from "./context";
import { GroupEditor } from "./GroupEditor";
import "./rule.css";
import "../segments.css";

interface RuleEditorProps {
  readonly catalog: Catalog;
  readonly initial: Rule | null;
  /** What the conditions are about: people, or the records of something. */
  readonly relation?: string;
  /** Told the finished conditions; null while they are not, or say nothing. */
  readonly onRule: (rule: Rule | null) => void;
}

/** Conditions within a form, in the same builder as segments. */
export function RuleEditor({ catalog, initial, relation = "person", onRule }: RuleEditorProps) {
  const [root, setRoot] = useState(() => fromRule(initial ?? { op: "everyone" }));
  const said = JSON.stringify(root.nodes.length > 0 && complete(root) ? rootRule(root) : null);
  const told = useRef(initial ? said : null);
  useEffect(() => {
    if (told.current === said) return;
    told.current = said;
    onRule(JSON.parse(said) as Rule | null);
    // Only what is said matters; the function is another with every drawing.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [said]);
  const facts = useMemo(
    () => ({ catalog, dispatch: (action: Action) => setRoot((before) => reduce(before, action)), self: null }),
    [catalog],
  );
  return (
    <BuilderContext.Provider value={facts}>
      <GroupEditor value={root} relation={relation} root />
    </BuilderContext.Provider>
  );
}

const written = (rule: Rule | null) => JSON.stringify(rule ?? null);

/** The same, with what can be asked fetched by itself; it begins anew when the conditions were changed from outside. */
export function RuleField({ rule, relation, onRule }: { rule: Rule | null; relation: string; onRule: (rule: Rule | null) => void }) {
  const catalog = useCatalog();
  const [told, setTold] = useState(() => written(rule));
  const [round, setRound] = useState(0);
  if (written(rule) !== told) {
    setTold(written(rule));
    setRound(round + 1);
  }
  const tell = (next: Rule | null) => {
    if (written(next) === told) return;
    setTold(written(next));
    onRule(next);
  };
  return (
    <Part query={catalog} height={80}>
      {(found) => <RuleEditor key={round} catalog={found} initial={rule} relation={relation} onRule={tell} />}
    </Part>
  );
}
