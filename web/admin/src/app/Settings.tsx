import { AccountsTab } from "@/rooms/sources/accounts/AccountsTab";
import { PracticeTab } from "@/rooms/sources/practice/PracticeTab";
import SettingsPage from "@/rooms/settings/SettingsPage";
import { NoticesTab } from "@/rooms/settings/notices/NoticesTab";
import { appWords } from "./words";

/** The settings of this house, and its ways to the outside. */
export default function Settings() {
  const t = appWords.use();
  return (
    <SettingsPage
      more={[
        { key: "accounts", title: t("accounts"), permission: "GET /api/accounts", Tab: AccountsTab },
        { key: "notices", title: t("notices"), permission: "GET /api/notices", Tab: NoticesTab },
        { key: "practice", title: t("practice"), permission: "settings.read", Tab: PracticeTab },
      ]}
    />
  );
}
