import { Button, Input } from "antd";
import { useState } from "react";
import { Problem } from "@/api/problem";
import { useMe } from "@/api/session";
import type { Me, SignedIn } from "@/api/types";
import { DataTable, Field, FormSection, Page, PageHeader, Part, Section, Tag, TimeText, toast, toastError, told, usePick, type Column } from "@/ui";
import { SecondFactor } from "./SecondFactor";
import { useChangePassword, useEndSessions, useMySessions, useRename } from "../queries";
import { words as settingsWords } from "../words";
import { words } from "./words";
import "../settings.css";

/** One's own name, password and devices. */
export default function AccountPage() {
  const t = words.use();
  const say = usePick();
  const me = useMe();
  return (
    <Page narrow>
      <PageHeader title={t("account")} note={me.data && t("accountNote", { email: me.data.user.email, role: say(me.data.role_name) })} />
      <Part query={me} height={300}>
        {(data) => (
          <Section flush>
            <Name me={data} />
            <Password />
            <SecondFactor me={data} />
          </Section>
        )}
      </Part>
      <Sessions />
    </Page>
  );
}

function Name({ me }: { me: Me }) {
  const t = words.use();
  const common = settingsWords.use();
  const rename = useRename();
  const [name, setName] = useState(me.user.name);
  const save = () => rename.mutate(name.trim(), { onSuccess: () => toast(t("nameSaved")), onError: toastError });
  return (
    <FormSection title={t("profile")} note={t("profileNote")}>
      <Field label={t("nameLabel")} error={name.trim() ? null : common("needed")}>
        {(id, about) => <Input id={id} aria-describedby={about} autoComplete="name" maxLength={80} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Button className="settings-submit" disabled={!name.trim() || name.trim() === me.user.name} loading={rename.isPending} onClick={save}>
        {common("save")}
      </Button>
    </FormSection>
  );
}

function Password() {
  const t = words.use();
  const change = useChangePassword();
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const refusal = change.error && told(change.error);
  const weak = change.error instanceof Problem && /^password\.(?!wrong)/.test(change.error.code);
  const submit = () =>
    change.mutate(
      { current, new: fresh },
      {
        onSuccess: () => {
          setCurrent("");
          setFresh("");
          toast(t("passwordChanged"));
        },
      },
    );
  return (
    <FormSection title={t("password")} note={t("passwordNote")}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field label={t("current")} error={weak ? null : refusal}>
          {(id, about) => <Input.Password id={id} aria-describedby={about} autoComplete="current-password" maxLength={200} value={current} onChange={(event) => setCurrent(event.target.value)} />}
        </Field>
        <Field label={t("newPassword")} help={t("newPasswordHelp")} error={weak ? refusal : null}>
          {(id, about) => <Input.Password id={id} aria-describedby={about} autoComplete="new-password" maxLength={200} value={fresh} onChange={(event) => setFresh(event.target.value)} />}
        </Field>
        <Button className="settings-submit" htmlType="submit" disabled={!current || !fresh} loading={change.isPending}>
          {t("changePassword")}
        </Button>
      </form>
    </FormSection>
  );
}

function Sessions() {
  const t = words.use();
  const common = settingsWords.use();
  const sessions = useMySessions();
  const end = useEndSessions();
  const columns: Column<SignedIn>[] = [
    {
      key: "device",
      title: t("colDevice"),
      render: (row) => (
        <span className="row">
          {row.browser || t("unknownDevice")}
          {row.current && <Tag tone="good">{t("thisDevice")}</Tag>}
        </span>
      ),
    },
    { key: "from", title: common("colFrom"), phone: true, render: (row) => <span className="mono soft">{row.address}</span> },
    { key: "since", title: t("colSince"), numeric: true, render: (row) => <TimeText at={row.created_at} /> },
    { key: "seen", title: common("colSeen"), numeric: true, render: (row) => <TimeText at={row.last_seen_at} /> },
  ];
  const others = (sessions.data?.items.length ?? 0) > 1;
  const endOthers = () => end.mutate(null, { onSuccess: (answer) => toast(t("endedOthers", { n: answer.ended })), onError: toastError });
  return (
    <Section
      flush
      title={t("sessions")}
      note={t("sessionsNote")}
      actions={
        others && (
          <Button size="small" loading={end.isPending} onClick={endOthers}>
            {t("endOthers")}
          </Button>
        )
      }
    >
      <DataTable
        id="my-sessions"
        label={t("sessions")}
        columns={columns}
        query={sessions}
        rowKey={(row) => row.id}
        bare
        pageSize={2}
        empty={null}
        rowActions={(row) =>
          !row.current && (
            <Button size="small" onClick={() => end.mutate(row.id, { onSuccess: () => toast(t("ended")), onError: toastError })}>
              {t("end")}
            </Button>
          )
        }
      />
    </Section>
  );
}
