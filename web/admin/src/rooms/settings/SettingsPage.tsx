import { Page, PageHeader, Section, Tabs, useMay, useTab } from "@/ui";
import { AuditTab } from "./audit/AuditTab";
import { KeysTab } from "./KeysTab";
import { RolesTab } from "./RolesTab";
import { TeamTab } from "./TeamTab";
import { words } from "./words";
import "./settings.css";

interface MoreTab {
  readonly key: string;
  readonly title: string;
  readonly permission: string;
  readonly Tab: React.ComponentType;
}

const tabs = [
  { key: "team", permission: "GET /api/users", Tab: TeamTab },
  { key: "roles", permission: "GET /api/roles", Tab: RolesTab },
  { key: "keys", permission: "GET /api/api-keys", Tab: KeysTab },
  { key: "audit", permission: "GET /api/audit", Tab: AuditTab },
] as const;

/** Who may do what, and who did what; `more`: what the house sets besides. */
export default function SettingsPage({ more }: { more: readonly MoreTab[] }) {
  const t = words.use();
  const may = useMay();
  const own: MoreTab[] = tabs.map((tab) => ({ ...tab, title: t(tab.key) }));
  const all = [...own.slice(0, -1), ...more, ...own.slice(-1)];
  const open = all.filter((tab) => may(tab.permission));
  const shown = open.length > 0 ? open : own;
  const now = useTab(shown.map((tab) => tab.key));
  const Tab = shown.find((tab) => tab.key === now)?.Tab ?? TeamTab;
  return (
    <Page>
      <PageHeader title={t("title")} note={t("note")} />
      <Section flush>
        <Tabs label={t("title")} tabs={shown.map((tab) => ({ key: tab.key, title: tab.title }))} />
        <Tab />
      </Section>
    </Page>
  );
}
