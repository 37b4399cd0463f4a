import { ButtonLink, Icon, Page, PageHeader, Section, Tabs, useMay, useTab } from "@/ui";
import { FixGrid } from "./FixGrid";
import { SourcesTab } from "./SourcesTab";
import { useGroups } from "./queries";
import { words } from "./words";
import "./data.css";

export default function QualityPage() {
  const t = words.use();
  const fixes = useMay()("GET /api/quarantine-groups");
  const tab = useTab(fixes ? ["sources", "fix"] : ["sources"]);
  const groups = useGroups(fixes);
  return (
    <Page>
      <PageHeader
        title={t("quality")}
        note={t("qualityNote")}
        actions={
          <ButtonLink to="/fields" icon={<Icon name="columns" size={14} />}>{t("fields")}</ButtonLink>
        }
      />
      <Section flush>
        <Tabs
          label={t("quality")}
          tabs={[
            { key: "sources", title: t("tabSources") },
            ...(fixes ? [{ key: "fix", title: t("tabFix"), count: groups.data?.items.length ?? null }] : []),
          ]}
        />
        {tab === "sources" ? <SourcesTab /> : <FixGrid />}
      </Section>
    </Page>
  );
}
