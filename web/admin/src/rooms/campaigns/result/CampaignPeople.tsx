import { Select } from "antd";
import type { CampaignPerson } from "@/api/types";
import { DataTable, EmptyState, Section, Tag, TimeText, useCursor, useFilters, type Column } from "@/ui";
import { PERSON_STATES, useCampaignPeople, type Arm, type PersonState } from "../queries";
import { useOutcomeWord, useReasonWord } from "../states";
import { words } from "../words";

const ARMS: readonly Arm[] = ["treated", "held_out"];

/** The people behind every figure above; the figures link here with their filter. */
export function CampaignPeople({ id }: { id: number }) {
  const t = words.use();
  const outcome = useOutcomeWord();
  const reason = useReasonWord();
  const [params, change] = useFilters();
  const { cursor } = useCursor();
  const arm = ARMS.find((item) => item === params.get("arm"));
  const state = PERSON_STATES.find((item) => item === params.get("state"));
  const people = useCampaignPeople(id, { arm, state, cursor });
  const columns: Column<CampaignPerson>[] = [
    { key: "label", title: t("colCustomer"), render: (row) => row.label },
    { key: "arm", title: t("colArm"), render: (row) => <Tag tone={row.arm === "treated" ? "info" : "plain"}>{t(row.arm === "treated" ? "treated" : "heldOut")}</Tag> },
    {
      key: "state",
      title: t("colState"),
      phone: true,
      render: (row) => (
        <span>
          {outcome(row.state)}
          {row.reason && <span className="soft"> · {reason(row.reason)}</span>}
        </span>
      ),
    },
    { key: "at", title: t("colAt"), numeric: true, phone: true, render: (row) => <TimeText at={row.at} /> },
  ];
  return (
      <Section flush>
        <DataTable
          id="campaign-people"
          label={t("peopleTitle")}
          columns={columns}
          query={people}
          rowKey={(row) => row.uid}
          href={(row) => `/customers/${row.uid}`}
          pageSize={10}
          rows={100}
          tools={
            <>
              <Select
                aria-label={t("arm")}
                className="people-filter"
                value={arm ?? ""}
                onChange={(value: Arm | "") => change({ arm: value })}
                options={[
                  { value: "", label: `${t("arm")}: ${t("everyone")}` },
                  { value: "treated", label: t("treated") },
                  { value: "held_out", label: t("heldOut") },
                ]}
              />
              <Select
                aria-label={t("state")}
                className="people-filter"
                value={state ?? ""}
                onChange={(value: PersonState | "") => change({ state: value })}
                options={[{ value: "", label: `${t("state")}: ${t("everyone")}` }, ...PERSON_STATES.map((value) => ({ value, label: outcome(value) }))]}
              />
            </>
          }
          empty={<EmptyState title={t("peopleEmpty")}>{t("peopleEmptyWhat")}</EmptyState>}
        />
      </Section>
  );
}
