import { Button } from "antd";
import { useMemo, useReducer, useState } from "react";
import { useParams, useSearchParams } from "react-router";
import type { Catalog, Rule } from "@/api/rule";
import type { Segment } from "@/api/types";
import { Icon, Page, PageHeader, Part, Section, toast, useKeys, useRested } from "@/ui";
import { BuilderContext } from "./builder/context";
import { CountPanel } from "./builder/CountPanel";
import { GroupEditor } from "./builder/GroupEditor";
import { JsonDrawer } from "./builder/JsonDrawer";
import { SaveForm } from "./builder/SaveForm";
import { Templates } from "./builder/Templates";
import { useBranches, useCatalog, usePreview, useSegment } from "./queries";
import { branchesOf } from "./rule/branches";
import { begin, move, type Move } from "./rule/history";
import { templates, type TemplateKey } from "./rule/templates";
import { complete, fromRule, groupFrom, rootRule, type Group, type Node } from "./rule/tree";
import { words } from "./words";
import "./builder/rule.css";
import "./segments.css";

/** A rule handed over in the URL, by name of a template or whole. */
function ruleFromUrl(params: URLSearchParams): Rule {
  const template = params.get("template");
  if (template && template in templates) return templates[template as TemplateKey];
  try {
    const given: unknown = JSON.parse(params.get("rule") ?? "null");
    if (typeof given === "object" && given !== null && "op" in given) return given as Rule;
  } catch {
    // A broken link starts an empty builder instead of a broken page.
  }
  return { op: "everyone" };
}

function openLeaves(node: Node): number {
  if (node.kind === "group") return node.nodes.reduce((sum, part) => sum + openLeaves(part), 0);
  return complete(node) ? 0 : 1;
}

export default function BuilderPage() {
  const t = words.use();
  const { id } = useParams();
  const segmentId = id ? Number(id) : null;
  const catalog = useCatalog();
  const segment = useSegment(segmentId);
  const title = segmentId ? (segment.data?.name ?? t("editTitle")) : t("newTitle");
  return (
    <Page>
      <PageHeader up={segmentId ? { to: `/segments/${segmentId}`, title: title } : { to: "/segments", title: t("up") }} title={segmentId ? t("editTitle") : title} note={t("builderNote")} />
      <Part query={catalog} height={320}>
        {(data) =>
          segmentId ? (
            <Part query={segment} height={320}>
              {(saved) => <Builder key={saved.version} catalog={data} saved={saved} />}
            </Part>
          ) : (
            <Builder catalog={data} saved={null} />
          )
        }
      </Part>
    </Page>
  );
}

function Builder({ catalog, saved }: { catalog: Catalog; saved: Segment | null }) {
  const t = words.use();
  const [params] = useSearchParams();
  const [history, dispatch] = useReducer(move, null, () => begin(fromRule(saved ? (saved.rule as unknown as Rule) : ruleFromUrl(params))));
  const root = history.now;
  const [name, setName] = useState(saved?.name ?? "");
  const open = openLeaves(root);
  const rule = useMemo(() => rootRule(root), [root]);
  const [lastDone, setLastDone] = useState(rule);
  if (open === 0 && lastDone !== rule) setLastDone(rule);
  const rested = useRested(lastDone, 300);
  const preview = usePreview(rested);
  const restedRoot = useRested(root, 300);
  const branches = useMemo(() => branchesOf(restedRoot), [restedRoot]);
  const counts = useBranches(branches, !preview.isFetching);
  const [shown, setShown] = useState<Group | null>(null);
  const use = (pasted: Rule) => {
    if (!shown) return;
    dispatch(shown.id === root.id ? { type: "load", rule: pasted } : { type: "replace", node: { ...groupFrom(pasted), id: shown.id } });
    toast(t("jsonUsed"), "good", () => dispatch({ type: "undo" }));
  };
  const self = saved?.id ?? null;
  const facts = useMemo(() => ({ catalog, dispatch, self, counts, asJson: setShown }), [catalog, self, counts, dispatch, setShown]);
  return (
    <BuilderContext.Provider value={facts}>
      <div className="split builder">
        <div className="stack">
          {root.nodes.length === 0 && (
            <Templates
              catalog={catalog}
              onChoose={(chosen, title) => {
                dispatch({ type: "load", rule: chosen });
                if (!name) setName(title);
              }}
            />
          )}
          <Section title={t("conditions")} actions={<Steps back={history.past.length > 0} forth={history.future.length > 0} onMove={dispatch} onJson={() => setShown(root)} />}>
            <GroupEditor value={root} relation="person" root />
          </Section>
        </div>
        <aside className="stack builder-side">
          <Section>
            <CountPanel preview={preview} open={open} />
          </Section>
          <Section>
            <SaveForm saved={saved} name={name} onName={setName} rule={rule} ready={open === 0} people={preview.data?.people ?? 0} />
          </Section>
        </aside>
      </div>
      {shown && <JsonDrawer group={shown} whole={shown.id === root.id} onUse={use} onClose={() => setShown(null)} />}
    </BuilderContext.Provider>
  );
}

const OWN_UNDO = "textarea, input:not([role=combobox])";

interface StepsProps {
  readonly back: boolean;
  readonly forth: boolean;
  readonly onMove: (move: Move) => void;
  readonly onJson: () => void;
}

/** Back and forth among what the conditions were, also by keys; where somebody types the browser does that itself. */
function Steps({ back, forth, onMove, onJson }: StepsProps) {
  const t = words.use();
  const byKey = (type: "undo" | "redo") => (event: KeyboardEvent) => {
    if (event.target instanceof Element && event.target.matches(OWN_UNDO)) return;
    event.preventDefault();
    onMove({ type: event.shiftKey ? "redo" : type });
  };
  useKeys({ "Mod+z": byKey("undo"), "Mod+y": byKey("redo") });
  return (
    <>
      <Button type="text" size="small" disabled={!back} icon={<Icon name="undo" size={14} />} aria-label={t("undo")} title={t("undo")} onClick={() => onMove({ type: "undo" })} />
      <Button type="text" size="small" disabled={!forth} icon={<Icon name="redo" size={14} />} aria-label={t("redo")} title={t("redo")} onClick={() => onMove({ type: "redo" })} />
      <Button size="small" icon={<Icon name="code" size={14} />} onClick={onJson}>
        {t("json")}
      </Button>
    </>
  );
}
