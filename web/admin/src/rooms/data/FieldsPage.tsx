import { Button, Select } from "antd";
import { useState } from "react";
import type { DataField } from "@/api/types";
import { DataTable, DateText, EmptyState, format, Icon, Page, PageHeader, Section, Tag, TimeText, toast, toastError, Unknown, useBrand, useFilters, useMay, usePick, type Column } from "@/ui";
import { useFields, useMeasure } from "./queries";
import { words } from "./words";
import "./data.css";

const TYPES = ["int", "money", "text", "date", "set", "bool", "month_day", "cell"] as const;
const SHOWN = 50;

/** Every field that conditions can ask about: what it holds, how much of it is known, when it last came. */
export default function FieldsPage() {
  const t = words.use();
  const say = usePick();
  const may = useMay();
  const fields = useFields();
  const measure = useMeasure();
  const [params, change] = useFilters();
  const [most, setMost] = useState(SHOWN);
  const group = params.get("group") ?? "person";
  const all = fields.data?.items ?? [];
  const groups = [...new Map(all.map((field) => [field.group, say(field.group_label)])).entries()];
  const shown = all.filter((field) => field.group === group);
  const measured = all.find((field) => field.measured_at)?.measured_at;
  const begin = () => measure.mutate(undefined, { onSuccess: () => toast(t("measuring")), onError: toastError });
  return (
    <Page>
      <PageHeader
        up={{ to: "/quality", title: t("quality") }}
        title={t("fields")}
        note={
          <>
            {t("fieldsNote")} {measured ? <>{t("measuredAt")} <TimeText at={measured} /></> : t("notMeasured")}
          </>
        }
        actions={
          may("ingest.write") && (
            <Button icon={<Icon name="refresh" size={14} />} loading={measure.isPending} onClick={begin}>
              {t("measureNow")}
            </Button>
          )
        }
      />
      <Section flush>
        <FieldTable
          fields={shown.slice(0, most)}
          query={fields}
          more={shown.length > most ? () => setMost(most + SHOWN) : null}
          tools={
            <Select
              aria-label={t("colGroup")}
              className="fields-group"
              showSearch={{ optionFilterProp: "label" }}
              value={group}
              options={groups.map(([value, label]) => ({ value, label }))}
              onChange={(value: string) => change({ group: value === "person" ? null : value })}
            />
          }
        />
      </Section>
    </Page>
  );
}

interface FieldTableProps {
  readonly fields: readonly DataField[];
  readonly query: ReturnType<typeof useFields>;
  readonly more: (() => void) | null;
  readonly tools: React.ReactNode;
}

function FieldTable({ fields, query, more, tools }: FieldTableProps) {
  const t = words.use();
  const say = usePick();
  const { currency } = useBrand();
  const said = (row: DataField, one: string) => (row.type === "money" ? format.money(Number(one), currency) : row.type === "bool" ? t(one === "1" ? "yes" : "no") : one);
  const columns: Column<DataField>[] = [
    { key: "label", title: t("colField"), width: 190, render: (row) => <span title={row.key}>{say(row.label)}</span> },
    { key: "type", title: t("colType"), width: 100, render: (row) => <span className="soft">{TYPES.includes(row.type as (typeof TYPES)[number]) ? t(`type.${row.type as (typeof TYPES)[number]}`) : row.type}</span> },
    { key: "fill", title: t("colFill"), numeric: true, phone: true, width: 160, render: (row) => <Fill row={row} /> },
    { key: "samples", title: t("colSamples"), sentence: true, render: (row) => <span className="soft">{row.personal ? t("sealed") : row.samples.map((one) => said(row, one)).join(" · ")}</span> },
    { key: "last", title: t("colLast"), numeric: true, width: 120, render: (row) => (row.group === "person" ? <Unknown /> : <DateText on={row.last_on} />) },
    { key: "key", title: t("colKey"), optional: true, render: (row) => <span className="mono">{row.key}</span> },
  ];
  return (
    <>
      <DataTable
        id="fields"
        bare
        label={t("fields")}
        columns={columns}
        query={{ ...query, data: query.data && { items: fields } }}
        rowKey={(row) => row.key}
        tools={tools}
        pageSize={12}
        empty={<EmptyState title={t("fieldsEmpty")} />}
      />
      {more && (
        <div className="fields-more">
          <Button size="small" onClick={more}>
            {t("showMore")}
          </Button>
        </div>
      )}
    </>
  );
}

function Fill({ row }: { row: DataField }) {
  const t = words.use();
  if (row.personal) return <Tag>{t("personal")}</Tag>;
  if (row.known === null || row.rows === null) return <Unknown />;
  const share = row.rows > 0 ? row.known / row.rows : 0;
  return (
    <span className="fill" title={t("fillOf", { n: format.count(row.known), of: format.count(row.rows) })}>
      <span className="fill-bar" aria-hidden>
        <i style={{ width: `${share * 100}%` }} />
      </span>
      {row.rows > 0 ? format.percent(share * 1e4) : "–"}
    </span>
  );
}
