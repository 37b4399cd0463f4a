import { useMemo, useReducer, useState } from "react";
import { useParams, useSearchParams } from "react-router";
import { useSegments } from "@/api/queries";
import type { Catalog, Rule } from "@/api/rule";
import type { Segment } from "@/api/types";
import { Page, PageHeader, Part, Section, useRested } from "@/ui";
import { BuilderContext } from "./builder/context";
import { CountPanel } from "./builder/CountPanel";
import { GroupEditor } from "./builder/GroupEditor";
import { SaveForm } from "./builder/SaveForm";
import { Templates } from "./builder/Templates";
import { useCatalog, usePreview, useSegment } from "./queries";
import { reduce } from "./rule/reducer";
import { templates, type TemplateKey } from "./rule/templates";
import { complete, fromRule, rootRule, type Group, type Node } from "./rule/tree";
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
  const segments = useSegments();
  const [root, dispatch] = useReducer(reduce, null, (): Group => fromRule(saved ? (saved.rule as unknown as Rule) : ruleFromUrl(params)));
  const [name, setName] = useState(saved?.name ?? "");
  const open = openLeaves(root);
  const rule = useMemo(() => rootRule(root), [root]);
  const [lastDone, setLastDone] = useState(rule);
  if (open === 0 && lastDone !== rule) setLastDone(rule);
  const rested = useRested(lastDone, 300);
  const preview = usePreview(rested);
  const facts = useMemo(
    () => ({ catalog, dispatch, segments: segments.data?.items ?? [], self: saved?.id ?? null }),
    [catalog, segments.data, saved?.id],
  );
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
          <Section title={t("conditions")}>
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
    </BuilderContext.Provider>
  );
}
