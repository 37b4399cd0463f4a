import { Link } from "react-router";
import { useCampaigns } from "@/api/queries";
import type { SendFigures } from "@/api/types";
import { Count, DataTable, EmptyState, Money, Tag, type Column } from "@/ui";
import { useChannelTitle } from "./names";
import { words } from "./words";

type Cost = SendFigures["costs"][number];

/** The ledger, summed: by campaign, channel and account. */
export function Costs({ delivery }: { delivery: SendFigures }) {
  const t = words.use();
  const title = useChannelTitle();
  const campaigns = useCampaigns();
  const account = (id: number) => delivery.ways.find((way) => way.account_id === id && id > 0)?.account;
  const name = (row: Cost) => {
    if (row.is_test) return <Tag>{t("testRow")}</Tag>;
    if (!row.campaign_id) return <span className="soft">{t("noCampaign")}</span>;
    return (
      <Link className="link" to={`/campaigns/${row.campaign_id}`}>
        {campaigns.data?.items.find((one) => one.id === row.campaign_id)?.name ?? row.campaign_id}
      </Link>
    );
  };
  const columns: Column<Cost>[] = [
    { key: "campaign", title: t("colCampaign"), sentence: true, render: name },
    { key: "channel", title: t("colChannel"), render: (row) => [title(row.channel), account(row.account_id)].filter(Boolean).join(" · ") },
    { key: "messages", title: t("colMessages"), numeric: true, render: (row) => <Count value={row.messages} /> },
    { key: "parts", title: t("colParts"), numeric: true, render: (row) => <Count value={row.parts} /> },
    { key: "correction", title: t("colCorrection"), numeric: true, optional: true, render: (row) => <Money fen={row.correction_fen} /> },
    { key: "cost", title: t("colCost"), numeric: true, phone: true, render: (row) => <Money fen={row.cost_fen} /> },
  ];
  return (
    <DataTable id="send-costs" label={t("costTitle")} columns={columns} query={{ data: { items: delivery.costs, total: delivery.costs.length }, error: null, refetch: () => undefined }} rowKey={(row) => `${row.campaign_id} ${row.channel} ${row.account_id} ${row.is_test}`} pageSize={5} empty={<EmptyState title={t("costNone")}>{null}</EmptyState>} />
  );
}
