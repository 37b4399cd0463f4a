import type { DoneWith } from "@/api/types";
import { DataTable, EmptyState, TimeText, type Column } from "@/ui";
import { useDoneWith } from "./queries";
import { words } from "./words";
import type { zh } from "./zh";

/** Who did what with a customer's data. */
export function DoneTab({ uid }: { uid: number }) {
  const t = words.use();
  const done = useDoneWith(uid);
  const named = (action: string) => {
    const key = `a.${action}`;
    const said = t(key as keyof typeof zh & string) as string | undefined;
    return said && said !== key ? said : action;
  };
  const columns: Column<DoneWith>[] = [
    { key: "what", title: t("colWhat"), render: (row) => named(row.action) },
    { key: "who", title: t("colWho"), phone: true, render: (row) => (row.actor_kind === "system" ? t("system") : row.actor) },
    { key: "why", title: t("colWhy"), sentence: true, render: (row) => <span className="soft">{row.reason || row.number}</span> },
    { key: "when", title: t("colWhen"), numeric: true, phone: true, render: (row) => <TimeText at={row.at} /> },
  ];
  return (
    <DataTable
      id="done"
      label={t("colWhat")}
      columns={columns}
      query={done}
      rowKey={(row) => row.id}
      bare
      empty={<EmptyState title={t("doneNone")}>{t("doneNoneWhat")}</EmptyState>}
    />
  );
}
