import { Button, DatePicker, Drawer, Select } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import type { AuditEntry } from "@/api/types";
import { DataTable, EmptyState, Facts, Icon, TimeText, Unknown, useCursor, useFilters, type Column } from "@/ui";
import { changes, nameIn } from "./changes";
import { useAudit, useAuditActions } from "../queries";
import { words } from "../words";
import { named as log } from "./words";
import type { zh } from "./zh";

type Key = keyof typeof zh & string;

/** What an action, or a field of an entry, is called; what has no words here is shown as it is written. */
function useNamed(): (prefix: "a" | "f", code: string) => string {
  const t = log.use();
  return (prefix, code) => {
    const said = t(`${prefix}.${code}` as Key);
    return said === `${prefix}.${code}` ? code : said;
  };
}

function useWho(): (entry: AuditEntry) => string {
  const t = words.use();
  return ({ actor_kind: kind, actor_name: name }) => (kind === "system" ? t("systemActor") : kind === "api_key" ? t("keyActor", { name }) : name);
}

/** What was acted upon: its name where the entry tells it, else its number. */
function useObject(): (entry: Pick<AuditEntry, "object_kind" | "object_id" | "before" | "after">) => string {
  const t = log.use();
  return ({ object_kind: kind, object_id: id, before, after }) => {
    const name = nameIn(after) ?? nameIn(before);
    const key = `o.${kind}`;
    const said = t(key as Key, { id: name ?? id });
    return said === key ? `${kind} ${id}` : said;
  };
}

const FILTERS = ["actor_kind", "actor_id", "action", "object_kind", "object_id", "since_on", "until_on"] as const;

/** Who did what, newest first. */
export function AuditTab() {
  const t = words.use();
  const named = useNamed();
  const who = useWho();
  const object = useObject();
  const [params, change] = useFilters();
  const { cursor } = useCursor();
  const actions = useAuditActions();
  const wanted = Object.fromEntries(FILTERS.map((key) => [key, params.get(key) ?? undefined]));
  const audit = useAudit({ ...wanted, cursor });
  const [open, setOpen] = useState<AuditEntry | null>(null);
  const columns: Column<AuditEntry>[] = [
    { key: "action", title: t("colAction"), render: (row) => named("a", row.action) },
    { key: "who", title: t("colWho"), phone: true, render: who },
    { key: "object", title: t("colObject"), sentence: true, render: (row) => <span className="soft">{object(row)}</span> },
    { key: "from", title: t("colFrom"), render: (row) => (row.address ? <span className="mono soft">{row.address}</span> : <Unknown />) },
    { key: "when", title: t("colWhen"), numeric: true, width: 150, phone: true, render: (row) => <TimeText at={row.at} /> },
  ];
  const [since, until] = [params.get("since_on"), params.get("until_on")];
  return (
    <>
      <DataTable
        id="audit"
        label={t("audit")}
        columns={columns}
        query={audit}
        rowKey={(row) => row.id}
        onOpen={setOpen}
        tools={
          <>
            <Select
              className="settings-filter"
              aria-label={t("colAction")}
              showSearch={{ optionFilterProp: "label" }}
              value={params.get("action") ?? ""}
              onChange={(action: string) => change({ action })}
              options={[{ value: "", label: t("allActions") }, ...(actions.data ?? []).map((action) => ({ value: action, label: named("a", action) }))]}
            />
            <DatePicker.RangePicker
              aria-label={t("period")}
              value={since && until ? [dayjs(since), dayjs(until)] : null}
              onChange={(days) => change({ since_on: days?.[0]?.format("YYYY-MM-DD"), until_on: days?.[1]?.format("YYYY-MM-DD") })}
            />
            <Chosen entries={audit.data?.items ?? []} />
          </>
        }
        empty={<EmptyState title={t("auditEmpty")}>{t("auditEmptyWhat")}</EmptyState>}
      />
      <p className="small soft settings-foot">{t("auditNote")}</p>
      <Detail entry={open} onClose={() => setOpen(null)} />
    </>
  );
}

/** What the list is narrowed to by a click in an entry; a click ends it. */
function Chosen({ entries }: { entries: readonly AuditEntry[] }) {
  const t = words.use();
  const who = useWho();
  const object = useObject();
  const [params, change] = useFilters();
  const [first] = entries;
  const [actor, kind, id] = [params.get("actor_id"), params.get("object_kind"), params.get("object_id")];
  const close = <Icon name="close" size={12} />;
  return (
    <>
      {actor && (
        <Button icon={close} iconPlacement="end" onClick={() => change({ actor_kind: null, actor_id: null })}>
          {t("onlyWho", { who: first ? who(first) : actor })}
        </Button>
      )}
      {kind && (
        <Button icon={close} iconPlacement="end" onClick={() => change({ object_kind: null, object_id: null })}>
          {t("onlyObject", { object: object(first ?? { object_kind: kind, object_id: id ?? "", before: null, after: null }) })}
        </Button>
      )}
    </>
  );
}

function Detail({ entry, onClose }: { entry: AuditEntry | null; onClose: () => void }) {
  const t = words.use();
  const named = useNamed();
  const who = useWho();
  const object = useObject();
  const [, change] = useFilters();
  if (!entry) return null;
  const narrow = (wanted: Record<string, string>) => {
    change(wanted);
    onClose();
  };
  const rows = changes(entry.before, entry.after);
  return (
    <Drawer open onClose={onClose} size={520} title={named("a", entry.action)}>
      <Facts
        left
        items={[
          [t("colWhen"), <TimeText key="at" at={entry.at} />],
          [t("colWho"), <button key="who" type="button" className="link" onClick={() => narrow({ actor_kind: entry.actor_kind, actor_id: entry.actor_id })}>{who(entry)}</button>],
          [t("colObject"), <button key="object" type="button" className="link" onClick={() => narrow({ object_kind: entry.object_kind, object_id: entry.object_id })}>{object(entry)}</button>],
          [t("colFrom"), entry.address || <Unknown />],
          [t("brand"), entry.brand_id || t("wholeHouse")],
          [t("request"), <span key="request" className="mono small">{entry.request_id || "–"}</span>],
        ]}
      />
      {rows.length === 0 ? (
        <p className="soft settings-nothing">{t("noDetails")}</p>
      ) : (
        <table className="settings-diff">
          <thead>
            <tr>
              <th>{t("field")}</th>
              <th>{t("before")}</th>
              <th>{t("after")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.field} className={row.changed ? "changed" : ""}>
                <th scope="row">{named("f", row.field)}</th>
                <td>{row.before}</td>
                <td>{row.after}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Drawer>
  );
}
