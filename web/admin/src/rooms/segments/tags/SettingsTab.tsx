import { Button, Select } from "antd";
import { useState } from "react";
import { useSegmentChoice } from "@/api/segmentChoice";
import type { TagRow, TagTask } from "@/api/types";
import { ConfirmTyped, Count, DataTable, EmptyState, format, Part, Tag, TimeText, toast, toastError, useMay, type Column, type Tone } from "@/ui";
import { useLook, useSetOnSegment, useSettings, useUndo } from "./queries";
import { words } from "./words";

const tones: Readonly<Record<string, Tone>> = { running: "info", done: "good", failed: "bad", cancelled: "plain" };
const state = { running: "s.running", done: "s.done", failed: "s.failed", cancelled: "s.cancelled" } as const;

/** Settings on whole segments, each with a way to take it back. */
export function SettingsTab({ tag }: { tag: TagRow }) {
  const t = words.use();
  const may = useMay();
  const settings = useSettings(tag.id);
  const undo = useUndo(tag.id);
  const write = may("segments.write") && may("customers.write");
  const stateTag = (row: TagTask) =>
    row.undone ? <Tag>{t("undone")}</Tag> : <Tag tone={tones[row.state] ?? "plain"}>{row.state in state ? t(state[row.state as keyof typeof state]) : row.state}</Tag>;
  const columns: Column<TagTask>[] = [
    { key: "title", title: t("colSetting"), render: (row) => row.title },
    { key: "state", title: t("colState"), width: 110, phone: true, render: stateTag },
    { key: "done", title: t("colPeople"), numeric: true, width: 130, phone: true, render: (row) => <Count value={row.done} /> },
    { key: "actor", title: t("colWho"), width: 130, render: (row) => row.actor },
    { key: "at", title: t("colWhen"), width: 160, numeric: true, render: (row) => <TimeText at={row.started_at} /> },
  ];
  return (
    <>
      {write && <OnSegment tag={tag} />}
      <DataTable
        id="tag-settings"
        bare
        label={t("tabSettings")}
        columns={columns}
        query={settings}
        rowKey={(row) => row.id}
        pageSize={4}
        rowActions={(row) =>
          write &&
          row.state !== "running" &&
          !row.undone && (
            <Button size="small" type="text" loading={undo.isPending} onClick={() => undo.mutate(row.id, { onSuccess: () => toast(t("undoing")), onError: toastError })}>
              {t("undo")}
            </Button>
          )
        }
        empty={<EmptyState title={t("settingsEmpty")}>{t("settingsEmptyWhat")}</EmptyState>}
      />
    </>
  );
}

function OnSegment({ tag }: { tag: TagRow }) {
  const t = words.use();
  const [segment, setSegment] = useState<number | null>(null);
  const segments = useSegmentChoice(segment);
  const [no, setNo] = useState<number>(tag.values[0]?.no ?? 0);
  const [open, setOpen] = useState(false);
  const body = segment === null ? null : { segment_id: segment, no };
  const look = useLook(tag.id, open ? body : null);
  const set = useSetOnSegment(tag.id);
  const label = tag.values.find((value) => value.no === no)?.label;
  const name = segments.own?.name;
  const people = look.data ? format.count(look.data.people) : "…";
  const confirm = () => {
    if (!body) return;
    set.mutate(body, {
      onSuccess: () => {
        setOpen(false);
        toast(t("setting"));
      },
      onError: toastError,
    });
  };
  return (
    <div className="tag-set row wrap">
      <span>{t("setOn")}</span>
      <Select
        aria-label={t("chooseSegment")}
        className="tag-set-segment"
        placeholder={t("chooseSegment")}
        showSearch={segments.search}
        value={segment}
        options={segments.items.map((one) => ({ value: one.id, label: one.name }))}
        onChange={setSegment}
      />
      <span>{t("setTo")}</span>
      <Select aria-label={t("colValue")} className="tag-set-value" value={no} options={tag.values.map((value) => ({ value: value.no, label: value.label }))} onChange={setNo} />
      <Button disabled={segment === null} onClick={() => setOpen(true)}>
        {t("set")}
      </Button>
      <ConfirmTyped
        open={open}
        title={t("confirmTitle", { segment: String(name), value: `${tag.name}：${label}` })}
        expected={people}
        verb={t("confirmVerb", { n: people })}
        busy={set.isPending}
        onConfirm={confirm}
        onClose={() => setOpen(false)}
      >
        <Part query={look} height={60}>
          {(data) => <p>{t("confirmWhat", { n: format.count(data.people), same: format.count(data.same), other: format.count(data.other) })}</p>}
        </Part>
      </ConfirmTyped>
    </div>
  );
}
