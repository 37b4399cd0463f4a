import type { Catalog, Rule } from "@/api/rule";
import { Icon } from "@/ui";
import { fieldsOf, templates, type TemplateKey } from "../rule/templates";
import { words } from "../words";

/** Ready conditions to start from; only those whose fields this installation knows. */
export function Templates({ catalog, onChoose }: { catalog: Catalog; onChoose: (rule: Rule, title: string) => void }) {
  const t = words.use();
  const known = new Set(catalog.relations.flatMap((relation) => relation.fields.map((field) => field.key)));
  const offered = (Object.keys(templates) as TemplateKey[]).filter((key) => fieldsOf(templates[key]).every((field) => known.has(field)));
  if (offered.length === 0) return null;
  return (
    <section aria-label={t("startFrom")}>
      <p className="small soft templates-title">{t("startFrom")}</p>
      <ul className="templates">
        {offered.map((key) => (
          <li key={key}>
            <button type="button" onClick={() => onChoose(templates[key], t(`t.${key}`))}>
              <b>{t(`t.${key}`)}</b>
              <span className="small soft">{t(`t.${key}.about`)}</span>
              <Icon name="arrow" size={14} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
