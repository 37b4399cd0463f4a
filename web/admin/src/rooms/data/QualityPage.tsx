import { ButtonLink, Icon, Page, PageHeader, Section, Tabs, useTab } from "@/ui";
import { FixGrid } from "./FixGrid";
import { SourcesTab } from "./SourcesTab";
import { useGroups } from "./queries";
import { words } from "./words";
import "./data.css";

export default function QualityPage() {
  const t = words.use();
  const tab = useTab(["sources", "fix"]);
  const groups = useGroups();
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
            { key: "fix", title: t("tabFix"), count: groups.data?.items.length ?? null },
          ]}
        />
        {tab === "sources" ? <SourcesTab /> : <FixGrid />}
      </Section>
    </Page>
  );
}
