import { Select } from "antd";
import type { PersonRequest } from "@/api/types";
import { among, DataTable, EmptyState, Page, PageHeader, Section, Tag, TimeText, useCursor, useFilters, type Column, type Tone } from "@/ui";
import { useRequests } from "./queries";
import { words } from "./words";

const KINDS = ["copy", "erase", "correct", "consent"] as const;
const STATES = ["running", "done", "failed", "cancelled"] as const;
const tone: Readonly<Record<string, Tone>> = { running: "info", done: "good", failed: "bad", cancelled: "plain" };

export function RequestState({ state }: { state: PersonRequest["state"] }) {
  const t = words.use();
  return <Tag tone={tone[state] ?? "plain"}>{t(`s.${state}`)}</Tag>;
}

/** What customers asked for of their rights, newest first. */
export default function RequestsPage() {
  const t = words.use();
  const [params, change] = useFilters();
  const { cursor } = useCursor();
  const [kind, state] = [among(KINDS, params.get("kind")), among(STATES, params.get("state"))];
  const requests = useRequests({ kind, state, cursor });
  const columns: Column<PersonRequest>[] = [
    { key: "number", title: t("colNumber"), render: (row) => <span className="mono">{row.number}</span> },
    { key: "kind", title: t("colKind"), phone: true, render: (row) => t(`k.${row.kind}`) },
    { key: "state", title: t("colState"), phone: true, render: (row) => <RequestState state={row.state} /> },
    { key: "customer", title: t("colCustomer"), numeric: true, render: (row) => <span className="mono">{row.uid}</span> },
    { key: "actor", title: t("colActor"), render: (row) => row.actor },
    { key: "asked", title: t("colAsked"), numeric: true, render: (row) => <TimeText at={row.asked_at} /> },
    { key: "ended", title: t("colEnded"), numeric: true, render: (row) => <TimeText at={row.ended_at} /> },
  ];
  return (
    <Page>
      <PageHeader up={{ to: "/customers", title: t("customersUp") }} title={t("requests")} note={t("requestsNote")} />
      <Section flush>
        <DataTable
          id="requests"
          label={t("requests")}
          columns={columns}
          query={requests}
          rowKey={(row) => row.id}
          href={(row) => `/customers/requests/${row.id}`}
          tools={
            <>
              <Select
                className="customers-segment"
                aria-label={t("colKind")}
                value={kind ?? ""}
                onChange={(next: string) => change({ kind: next })}
                options={[{ value: "", label: t("anyKind") }, ...KINDS.map((one) => ({ value: one, label: t(`k.${one}`) }))]}
              />
              <Select
                className="customers-segment"
                aria-label={t("colState")}
                value={state ?? ""}
                onChange={(next: string) => change({ state: next })}
                options={[{ value: "", label: t("anyState") }, ...STATES.map((one) => ({ value: one, label: t(`s.${one}`) }))]}
              />
            </>
          }
          empty={<EmptyState title={t("requestsEmpty")}>{t("requestsEmptyWhat")}</EmptyState>}
        />
      </Section>
    </Page>
  );
}
