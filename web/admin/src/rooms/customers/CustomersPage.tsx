import { Button, Select } from "antd";
import { fileAt } from "@/api/client";
import { useCustomers, type CustomerFilter } from "@/api/queries";
import { useSegmentChoice } from "@/api/segmentChoice";
import { useViews } from "@/api/views";
import { ButtonLink, DataTable, EmptyState, FileLink, Icon, Page, PageHeader, SearchBox, Section, useCursor, useFilters, useMay, useSearchText } from "@/ui";
import { useCustomerColumns } from "./columns";
import { FieldChoice, useChosenFields } from "./FieldChoice";
import { useNamespace } from "./names";
import { words } from "./words";
import "./customers.css";

/** What a file of the list holds when no columns were chosen. */
const FILE = ["purchase_number", "ladder_step", "net_fen", "first_order_on", "last_order_on", "region"].map((name) => `person.${name}`);

type Sort = NonNullable<CustomerFilter["sort"]>;
const sorts: readonly string[] = ["last_order_on", "net_fen", "purchase_number"];
const asSort = (text: string | null): Sort => (text && sorts.includes(text) ? (text as Sort) : "last_order_on");

export default function CustomersPage() {
  const t = words.use();
  const may = useMay();
  const [params, change] = useFilters();
  const { cursor } = useCursor();
  const [text, setText] = useSearchText();
  const sort = asSort(params.get("sort"));
  const segment = Number(params.get("segment_id")) || undefined;
  const q = params.get("q") ?? undefined;
  const { fields, keys, set, chosen, columns } = useChosenFields();
  const customers = useCustomers({ q, cursor, sort, segment_id: segment, columns });
  const segments = useSegmentChoice(segment ?? null, may("segments.read"));
  const filtered = Boolean(q || segment);
  return (
    <Page>
      <PageHeader
        title={t("title")}
        note={t("listNote")}
        actions={<Actions file={fileAt("/api/customers.csv", { q, sort, segment_id: segment, columns: columns ?? FILE.join(",") })} />}
      />
      <Section flush className={chosen.length > 3 ? "customers-wide" : ""}>
        <DataTable
          id="customers"
          label={t("title")}
          columns={useCustomerColumns(chosen)}
          query={customers}
          rowKey={(row) => row.uid}
          href={(row) => `/customers/${row.uid}`}
          sort={{ by: sort, set: (by) => change({ sort: by === "last_order_on" ? null : by }) }}
          pageSize={20}
          views={useViews("customers")}
          tools={
            <>
              <SearchBox value={text} onChange={setText} placeholder={t("search")} />
              <Select
                className="customers-segment"
                aria-label={t("anySegment")}
                showSearch={segments.search}
                value={segment ?? 0}
                onChange={(id: number) => change({ segment_id: id || null })}
                options={[
                  { value: 0, label: t("anySegment") },
                  ...segments.items.map((item) => ({ value: item.id, label: item.name })),
                ]}
              />
              <FieldChoice fields={fields} chosen={keys} set={set} />
            </>
          }
          empty={filtered ? <NoMatch kinds={customers.data?.searchable ?? null} clear={() => { setText(""); change({ q: null, segment_id: null }); }} /> : <NobodyYet />}
        />
      </Section>
    </Page>
  );
}

function Actions({ file }: { file: string }) {
  const t = words.use();
  const may = useMay();
  return (
    <>
      {may("customers.export") && (
        <FileLink file={file} icon={<Icon name="download" size={14} />}>{t("export")}</FileLink>
      )}
      <ButtonLink to="/customers/requests">{t("requests")}</ButtonLink>
      {may("GET /api/identity/review") && (
        <ButtonLink to="/customers/review" icon={<Icon name="merge" size={14} />}>{t("review")}</ButtonLink>
      )}
    </>
  );
}

function NoMatch({ kinds, clear }: { kinds: readonly string[] | null; clear: () => void }) {
  const t = words.use();
  const nameOf = useNamespace();
  return (
    <EmptyState title={t("noMatch")} action={<Button onClick={clear}>{t("clearFilters")}</Button>}>
      {kinds && t("searchable", { kinds: kinds.map(nameOf).join(" · ") })}
    </EmptyState>
  );
}

function NobodyYet() {
  const t = words.use();
  return (
    <EmptyState
      title={t("emptyTitle")}
      action={
        <ButtonLink to="/imports" type="primary">{t("emptyAction")}</ButtonLink>
      }
    >
      {t("emptyWhat")}
    </EmptyState>
  );
}
