import { Button, Segmented, Select } from "antd";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask } from "@/api/client";
import type { StaffNotices as Notices } from "@/api/types";
import { EmptyState, Field, Part, Tag, TimeText, toast, toastError, useMay, usePick } from "@/ui";
import { words } from "./words";
import "./notices.css";

const KEY = ["notices"];
const TONES = { waiting: "plain", telling: "plain", told: "good", unknown: "warning", failed: "bad" } as const;

/** What staff are told, and in which groups. */
export function NoticesTab() {
  const t = words.use();
  const notices = useQuery({ queryKey: KEY, queryFn: () => ask(api.GET("/api/notices")) });
  return (
    <Part query={notices} height={240}>
      {(data) => (data.robots.length === 0 ? <EmptyState title={t("emptyTitle")}>{t("emptyWhat")}</EmptyState> : <Rules key={JSON.stringify(data.groups)} notices={data} />)}
    </Part>
  );
}

function Rules({ notices }: { notices: Notices }) {
  const t = words.use();
  const pick = usePick();
  const may = useMay()("settings.write");
  const client = useQueryClient();
  const [groups, setGroups] = useState<Record<string, number[]>>(notices.groups);
  const [language, setLanguage] = useState(notices.language ?? "zh");
  const save = useMutation({
    mutationFn: () => ask(api.PUT("/api/notices", { body: { language, groups } })),
    onSuccess: (saved) => {
      client.setQueryData(KEY, saved);
      toast(t("saved"));
    },
    onError: toastError,
  });
  const trial = useMutation({
    mutationFn: (account_id: number) => ask(api.POST("/api/notices/trial", { body: { account_id } })),
    onSuccess: () => toast(t("trialDone")),
    onError: toastError,
  });
  const options = notices.robots.map((one) => ({ value: one.account_id, label: one.name }));
  return (
    <div className="notices">
      <p className="soft">{t("note")}</p>
      <dl className="notices-rules">
        <dt className="small soft">{t("colKind")}</dt>
        <dd className="small soft">{t("colGroups")}</dd>
        {notices.kinds.map(({ kind, title }) => [
          <dt key={`${kind}-title`}>{pick(title)}</dt>,
          <dd key={kind}>
            <Select
              mode="multiple"
              aria-label={pick(title)}
              disabled={!may}
              placeholder={t("nobody")}
              value={groups[kind] ?? []}
              options={options}
              onChange={(ids: number[]) => setGroups({ ...groups, [kind]: ids })}
            />
          </dd>,
        ])}
      </dl>
      <Field label={t("language")}>
        {(id) => <Segmented id={id} disabled={!may} value={language} onChange={setLanguage} options={[{ value: "zh" as const, label: t("zh") }, { value: "en" as const, label: t("en") }]} />}
      </Field>
      {may && (
        <div className="row wrap">
          <Button type="primary" loading={save.isPending} onClick={() => save.mutate()}>
            {t("save")}
          </Button>
          {notices.robots.map((one) => (
            <Button key={one.account_id} loading={trial.isPending && trial.variables === one.account_id} onClick={() => trial.mutate(one.account_id)}>
              {t("trial")} {one.name}
            </Button>
          ))}
        </div>
      )}
      <h3>{t("recent")}</h3>
      {notices.recent.length === 0 && <p className="soft">{t("none")}</p>}
      <ul className="notices-recent">
        {notices.recent.map((one) => (
          <li key={one.id}>
            <TimeText at={one.told_at ?? one.created_at} />
            <span>{one.text}</span>
            <span className="small soft">{notices.robots.find((robot) => robot.account_id === one.account_id)?.name}</span>
            <Tag tone={TONES[one.state]}>{t(`state.${one.state}`)}</Tag>
            {one.error && <span className="small soft">{one.error}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}
