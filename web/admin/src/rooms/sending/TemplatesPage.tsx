import { Button } from "antd";
import { useTemplates } from "@/api/queries";
import type { MessageTemplate } from "@/api/types";
import { ButtonLink, DataTable, EmptyState, Icon, Page, PageHeader, Section, Tag, TimeText, toast, toastError, useMay, usePick, type Column, type Tone } from "@/ui";
import { useAskReviews } from "./queries";
import { words } from "./words";
import "./sending.css";

const TONES: Readonly<Record<string, Tone>> = { draft: "plain", submitted: "info", approved: "good", refused: "bad" };

export function ReviewTag({ state, reason }: { state: "draft" | "submitted" | "approved" | "refused" | null; reason?: string }) {
  const t = words.use();
  if (!state) return <span className="soft">{t("noReview")}</span>;
  return (
    <span title={reason}>
      <Tag tone={TONES[state] ?? "plain"}>{t(`v.${state}`)}</Tag>
    </span>
  );
}

export default function TemplatesPage() {
  const t = words.use();
  const say = usePick();
  const may = useMay();
  const templates = useTemplates();
  const askNow = useAskReviews();
  const columns: Column<MessageTemplate>[] = [
    { key: "name", title: t("colName"), sentence: true, render: (row) => row.name },
    { key: "channel", title: t("colChannel"), render: (row) => say(row.channel_title) },
    { key: "review", title: t("colReview"), phone: true, render: (row) => <ReviewTag state={row.state} reason={row.reviews.map((one) => one.reason).filter(Boolean).join(" ")} /> },
    { key: "body", title: t("body"), sentence: true, render: (row) => <span className="soft">{row.message.body}</span> },
    { key: "changed", title: t("colChanged"), numeric: true, render: (row) => <TimeText at={row.changed_at} /> },
  ];
  const create = may("campaigns.write") && (
    <ButtonLink to="/templates/new" type="primary" icon={<Icon name="plus" size={14} />}>{t("newTemplate")}</ButtonLink>
  );
  return (
    <Page>
      <PageHeader
        up={{ to: "/campaigns", title: t("campaigns") }}
        title={t("templates")}
        note={t("templatesNote")}
        actions={
          <>
            {may("campaigns.write") && (templates.data?.items.length ?? 0) > 0 && (
              <Button icon={<Icon name="refresh" size={14} />} loading={askNow.isPending} onClick={() => askNow.mutate(undefined, { onSuccess: () => toast(t("asked")), onError: toastError })}>
                {t("askNow")}
              </Button>
            )}
            {create}
          </>
        }
      />
      <Section flush>
        <DataTable id="templates" label={t("templates")} columns={columns} query={templates} rowKey={(row) => row.id} href={(row) => `/templates/${row.id}`} pageSize={5} empty={<EmptyState title={t("templatesEmpty")} action={create}>{t("templatesEmptyWhat")}</EmptyState>} />
      </Section>
    </Page>
  );
}
