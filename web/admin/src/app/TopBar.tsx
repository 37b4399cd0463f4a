import { Dropdown } from "antd";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { chooseBrand } from "@/api/client";
import { useOperations } from "@/api/queries";
import { useLogout } from "@/api/session";
import type { Me } from "@/api/types";
import { Icon, setLang, useLang, useMay } from "@/ui";
import { ClockChip } from "./ClockChip";
import { OperationsDrawer } from "./OperationsDrawer";
import { appWords } from "./words";

export function TopBar({ me, onSearch }: { me: Me; onSearch: () => void }) {
  const t = appWords.use();
  const lang = useLang();
  const logout = useLogout();
  const [tasks, setTasks] = useState(false);
  // A link may open the tasks too, so that a failed one can be pointed at.
  const [params, setParams] = useSearchParams();
  const closeTasks = () => {
    setTasks(false);
    if (params.has("tasks"))
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          next.delete("tasks");
          return next;
        },
        { replace: true },
      );
  };
  const may = useMay();
  const seesTasks = may("GET /api/operations");
  const operations = useOperations(seesTasks);
  const running = (operations.data?.items ?? []).filter((item) => item.state === "running" || item.state === "queued").length;
  const brands =
    me.brands.length > 1
      ? [
          {
            key: "brands",
            type: "group" as const,
            label: t("brand"),
            children: me.brands.map((brand) => ({ key: `brand-${brand.id}`, label: brand.name, disabled: brand.id === me.brand_id, onClick: () => chooseBrand(brand.id) })),
          },
          { type: "divider" as const },
        ]
      : [];
  const mac = navigator.userAgent.includes("Mac");
  return (
    <header className="bar">
      <button type="button" className="bar-search" onClick={onSearch} title={t("search")}>
        <Icon name="search" size={14} />
        <span>{t("search")}</span>
        <kbd aria-hidden>{mac ? "⌘K" : "Ctrl K"}</kbd>
      </button>
      <div className="bar-right">
        <ClockChip me={me} />
        {seesTasks && (
          <button
            type="button"
            className="bar-button"
            onClick={() => setTasks(true)}
            aria-label={running ? t("operationsRunning", { n: running }) : t("operations")}
            title={running ? t("operationsRunning", { n: running }) : t("operations")}
          >
            <Icon name="tasks" />
            {running > 0 && <span className="bar-badge">{running}</span>}
          </button>
        )}
        <Dropdown
          trigger={["click"]}
          placement="bottomRight"
          menu={{
            items: [
              { key: "who", disabled: true, label: <span className="bar-who">{me.user.name}<small>{me.user.email}</small></span> },
              { type: "divider" },
              ...brands,
              { key: "account", label: <Link to="/account">{t("myAccount")}</Link> },
              { key: "lang", label: t("language"), onClick: () => setLang(lang === "zh" ? "en" : "zh") },
              { key: "out", label: t("logout"), onClick: () => logout.mutate() },
              { type: "divider" },
              { key: "version", disabled: true, label: <small>{t("version", { version: me.version })}</small> },
            ],
          }}
        >
          <button type="button" className="bar-user" aria-label={t("account")}>
            {me.user.name.slice(0, 1).toUpperCase()}
          </button>
        </Dropdown>
      </div>
      {seesTasks && <OperationsDrawer open={tasks || params.has("tasks")} onClose={closeTasks} />}
    </header>
  );
}
