import { Button, Radio, Select } from "antd";
import type { ImportTargets } from "@/api/types";
import { Banner, DataTable, format, Section, useBrand, usePick, type Column } from "@/ui";
import { usesOf, withTarget, withUses, type Spec, type Use } from "./spec";
import { words } from "./words";

type Target = ImportTargets["targets"][number];

interface Props {
  readonly spec: Spec;
  readonly onChange: (spec: Spec) => void;
  readonly samples: Readonly<Record<string, readonly string[]>>;
  readonly targets: ImportTargets;
  readonly target: Target;
  readonly missing: readonly string[];
  readonly earlier: { readonly file: string; readonly at: string } | null;
  readonly onForget: () => void;
}

interface Row {
  readonly name: string;
  readonly cells: readonly string[];
}

/** What can be chosen for a column of this kind of file. */
function useChoices({ targets, target }: Props) {
  const t = words.use();
  const say = usePick();
  // Of a file about customers, phone and e-mail are contents; of others they tell who it is.
  const fields = new Set(target.fields.map((field) => field.name));
  const ids = targets.identifiers.filter((one) => !fields.has(one.ns));
  const group = (label: string, options: { label: string; value: string }[]) => ({ label, title: label, options });
  return (column: string) => [
    group(
      t("groupFields"),
      target.fields.map((field) => ({ label: say(field.label), value: `field:${field.name}` })),
    ),
    group(
      t("groupIds"),
      ids.map((one) => ({ label: say(one.label), value: `id:${one.ns}` })),
    ),
    ...(target.key === "order_lines" ? [] : [group(t("groupProps"), [{ label: t("asProp", { name: column }), value: `prop:${column}` }])]),
  ];
}

/** Each column of the file with its first values, and what it is. */
export function Columns(props: Props) {
  const { spec, onChange, samples, targets, target, missing, earlier } = props;
  const t = words.use();
  const say = usePick();
  const { zone } = useBrand();
  const choices = useChoices(props);
  const scopes = Object.fromEntries(targets.identifiers.map((one) => [one.ns, one.scope]));
  const label = (name: string) => say(target.fields.find((field) => field.name === name)?.label ?? { zh: name, en: name });
  const columns: Column<Row>[] = [
    { key: "name", title: t("colName"), render: (row) => <span className="wizard-column">{row.name}</span> },
    { key: "cells", title: t("colSamples"), sentence: true, render: (row) => <span className="soft wizard-cells">{row.cells.join(" · ")}</span> },
    {
      key: "use",
      title: t("colUse"),
      phone: true,
      width: 320,
      render: (row) => (
        <Select
          mode="multiple"
          className="wizard-use"
          aria-label={`${row.name}: ${t("colUse")}`}
          placeholder={t("unused")}
          variant="borderless"
          optionFilterProp="label"
          value={usesOf(spec, row.name)}
          options={choices(row.name)}
          onChange={(uses: Use[]) => onChange(withUses(spec, row.name, uses, scopes))}
        />
      ),
    },
  ];
  const rows = Object.entries(samples).map(([name, cells]) => ({ name, cells }));
  const isNameless = (spec.identifiers ?? []).every((one) => one.ns === "order") && target.key !== "people";
  return (
    <Section
      title={t("columns")}
      note={t("columnsNote")}
      flush
      actions={
        <Radio.Group
          aria-label={t("what")}
          optionType="button"
          value={spec.target}
          onChange={(event) => {
            const next = targets.targets.find((one) => one.key === (event.target.value as string));
            if (next) onChange(withTarget(spec, next.key, next.fields));
          }}
          options={targets.targets.map((one) => ({ value: one.key, label: say(one.label) }))}
        />
      }
    >
      {earlier && (
        <Banner
          tone="info"
          action={
            <Button size="small" onClick={props.onForget}>
              {t("forget")}
            </Button>
          }
        >
          {t("earlier", { file: earlier.file, at: format.dateTime(earlier.at, zone) })}
        </Banner>
      )}
      <DataTable id="wizard-columns" label={t("columns")} columns={columns} query={{ data: { items: rows }, error: null, refetch: () => undefined }} rowKey={(row) => row.name} empty={null} bare />
      {missing.length > 0 && <p className="bad wizard-missing">{t("missing", { fields: missing.map(label).join("、") })}</p>}
      {missing.length === 0 && isNameless && <p className="warning wizard-missing">{t("nobody")}</p>}
    </Section>
  );
}
