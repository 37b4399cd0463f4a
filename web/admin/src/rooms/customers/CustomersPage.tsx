import { Button, Select } from "antd";
import { Link } from "react-router";
import { useCustomers, useSegments, type CustomerFilter } from "@/api/queries";
import { DataTable, EmptyState, Icon, Page, PageHeader, SearchBox, Section, useCursor, useFilters, useMay, useSearchText } from "@/ui";
import { useCustomerColumns } from "./columns";
import { words } from "./words";
import "./customers.css";

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
  const customers = useCustomers({ q, cursor, sort, segment_id: segment });
  const segments = useSegments(may("segments.read"));
  const filtered = Boolean(q || segment);
  return (
    <Page>
      <PageHeader
        title={t("title")}
        note={t("listNote")}
        actions={
          may("people.merge") && (
            <Link to="/customers/review">
              <Button icon={<Icon name="merge" size={14} />}>{t("review")}</Button>
            </Link>
          )
        }
      />
      <Section flush>
        <DataTable
          id="customers"
          label={t("title")}
          columns={useCustomerColumns()}
          query={customers}
          rowKey={(row) => row.uid}
          href={(row) => `/customers/${row.uid}`}
          sort={{ by: sort, set: (by) => change({ sort: by === "last_order_on" ? null : by }) }}
          pageSize={20}
          tools={
            <>
              <SearchBox value={text} onChange={setText} placeholder={t("search")} />
              <Select
                className="customers-segment"
                aria-label={t("anySegment")}
                value={segment ?? 0}
                onChange={(id: number) => change({ segment_id: id || null })}
                options={[
                  { value: 0, label: t("anySegment") },
                  ...(segments.data?.items ?? []).map((item) => ({ value: item.id, label: item.name })),
                ]}
              />
            </>
          }
          empty={filtered ? <NoMatch clear={() => { setText(""); change({ q: null, segment_id: null }); }} /> : <NobodyYet />}
        />
      </Section>
    </Page>
  );
}

function NoMatch({ clear }: { clear: () => void }) {
  const t = words.use();
  return (
    <EmptyState title={t("noMatch")} action={<Button onClick={clear}>{t("clearFilters")}</Button>}>
      {t("noMatchWhat")}
    </EmptyState>
  );
}

function NobodyYet() {
  const t = words.use();
  return (
    <EmptyState
      title={t("emptyTitle")}
      action={
        <Link to="/imports">
          <Button type="primary">{t("emptyAction")}</Button>
        </Link>
      }
    >
      {t("emptyWhat")}
    </EmptyState>
  );
}
