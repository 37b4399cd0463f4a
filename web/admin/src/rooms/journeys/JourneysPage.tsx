import { Button } from "antd";
import { useState } from "react";
import type { JourneyRow } from "@/api/types";
import { Count, DataTable, EmptyState, Icon, Page, PageHeader, Section, TimeText, Unknown, useCursor, useMay, type Column } from "@/ui";
import { ApprovalSwitch } from "./ApprovalSwitch";
import { NewJourney } from "./NewJourney";
import { useJourneys } from "./queries";
import { StateTag } from "./states";
import { words } from "./words";
import "./journeys.css";

export default function JourneysPage() {
  const t = words.use();
  const may = useMay();
  const { cursor } = useCursor();
  const journeys = useJourneys(cursor);
  const [asked, setAsked] = useState(false);
  const counted = (row: JourneyRow, value: number) => (row.state === "draft" ? <Unknown /> : <Count value={value} />);
  const columns: Column<JourneyRow>[] = [
    { key: "name", title: t("colName"), sentence: true, render: (row) => row.name },
    { key: "state", title: t("colState"), phone: true, render: (row) => <StateTag state={row.state} /> },
    { key: "inside", title: t("colInside"), numeric: true, phone: true, render: (row) => counted(row, row.inside) },
    { key: "entered", title: t("colEntered"), numeric: true, render: (row) => counted(row, row.entered) },
    { key: "nodes", title: t("colNodes"), numeric: true, render: (row) => <Count value={row.nodes} /> },
    { key: "created", title: t("colCreated"), numeric: true, render: (row) => <TimeText at={row.created_at} /> },
  ];
  const create = may("campaigns.write") && (
    <Button type="primary" icon={<Icon name="plus" size={14} />} onClick={() => setAsked(true)}>
      {t("newJourney")}
    </Button>
  );
  return (
    <Page>
      <PageHeader title={t("title")} note={t("listNote")} actions={create} />
      <Section flush>
        <DataTable
          id="journeys"
          label={t("title")}
          columns={columns}
          query={journeys}
          rowKey={(row) => row.id}
          href={(row) => `/journeys/${row.id}`}
          pageSize={5}
          empty={
            <EmptyState title={t("emptyTitle")} action={create}>
              {t("emptyWhat")}
            </EmptyState>
          }
        />
      </Section>
      <ApprovalSwitch />
      <NewJourney open={asked} onClose={() => setAsked(false)} />
    </Page>
  );
}
