import { Button, Radio } from "antd";
import { useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import type { Connector } from "@/api/types";
import { EmptyState, Field, filled, FormSection, format, Page, PageHeader, Part, Section, sound, Tag, toastError, usePick, type Schema, type Values } from "@/ui";
import { useConnect, useConnectors } from "../queries";
import { historyChoices, kindOf, kinds } from "../state";
import { words } from "../words";
import { AccountField } from "./AccountField";
import { ConfigFields, NameField } from "./Fields";
import { Look } from "./Look";
import "../sources.css";

/** Connect a source: what it is, whose account, its name and shop, how far back. */
export default function ConnectPage() {
  const t = words.use();
  const say = usePick();
  const connectors = useConnectors();
  const [params] = useSearchParams();
  const chosen = connectors.data?.find((one) => one.key === params.get("connector"));
  return (
    <Page narrow>
      <PageHeader
        up={chosen ? { to: "/sources/new", title: t("connect") } : { to: "/sources", title: t("title") }}
        title={chosen ? t("connectOne", { what: say(chosen.title) }) : t("connect")}
        note={t(chosen ? "connectOneNote" : "connectNote")}
      />
      <Part query={connectors} height={320}>
        {(found) => (chosen ? <Form key={chosen.key} connector={chosen} /> : <Cards connectors={found} />)}
      </Part>
    </Page>
  );
}

function Cards({ connectors }: { connectors: readonly Connector[] }) {
  const t = words.use();
  if (connectors.length === 0)
    return (
      <Section>
        <EmptyState
          title={t("noConnectors")}
          action={
            <Link to="/imports/new">
              <Button>{t("importInstead")}</Button>
            </Link>
          }
        >
          {t("noConnectorsWhat")}
        </EmptyState>
      </Section>
    );
  return (
    <>
      {kinds.map((kind) => {
        const of = connectors.filter((one) => kindOf(one) === kind);
        return (
          of.length > 0 && (
            <section key={kind} className="connectors">
              <h2>{t(`kind.${kind}`)}</h2>
              <ul>
                {of.map((one) => (
                  <li key={one.key}>
                    <Card connector={one} />
                  </li>
                ))}
              </ul>
            </section>
          )
        );
      })}
    </>
  );
}

function Card({ connector }: { connector: Connector }) {
  const t = words.use();
  const say = usePick();
  const brings = connector.streams.map((stream) => say(stream.title)).join(t("comma"));
  const most = Math.max(...historyChoices(connector));
  return (
    <Link to={`/sources/new?connector=${encodeURIComponent(connector.key)}`} className="connector">
      <b>{say(connector.title)}</b>
      <span>{brings ? t("brings", { what: brings }) : t("bringsMessages")}</span>
      <span className="row wrap">
        {most > 0 && <Tag>{t("backTo", { n: format.count(most) })}</Tag>}
        {connector.receives && <Tag>{t("receives")}</Tag>}
      </span>
    </Link>
  );
}

function Form({ connector }: { connector: Connector }) {
  const t = words.use();
  const navigate = useNavigate();
  const connect = useConnect();
  const choices = historyChoices(connector);
  const [account, setAccount] = useState<number | null>(null);
  const [name, setName] = useState("");
  const [config, setConfig] = useState<Values>({});
  const [days, setDays] = useState(choices.includes(90) ? 90 : Math.max(...choices));
  const [tried, setTried] = useState(false);
  const schema = connector.config_schema as Schema;
  const needsAccount = connector.platform !== "";
  const submit = () => {
    setTried(true);
    if (!name.trim() || (needsAccount && account === null) || !sound(schema, config)) return;
    connect.mutate(
      { connector: connector.key, name: name.trim(), account_id: account, config: filled(schema, config), history_days: days },
      { onSuccess: (made) => void navigate(`/sources/${made.id}?connected=1`), onError: toastError },
    );
  };
  return (
    <form
      noValidate
      className="section"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {needsAccount && <AccountField platform={connector.platform} value={account} onChange={setAccount} missing={tried && account === null} />}
      <NameField name={name} onName={setName} schema={schema} config={config} onConfig={setConfig} tried={tried} />
      {connector.streams.length > 0 && <History connector={connector} choices={choices} days={days} onChange={setDays} />}
      <ConfigFields schema={schema} values={config} onChange={setConfig} told={tried} />
      {connector.looks && <Look connector={connector.key} config={sound(schema, config) ? filled(schema, config) : null} onTold={() => setTried(true)} />}
      <div className="source-end">
        <Button type="primary" htmlType="submit" loading={connect.isPending}>
          {t(connector.streams.length > 0 ? "begin" : "connect")}
        </Button>
      </div>
    </form>
  );
}

function History({ connector, choices, days, onChange }: { connector: Connector; choices: readonly number[]; days: number; onChange: (days: number) => void }) {
  const t = words.use();
  const say = usePick();
  const limits = connector.streams.map((stream) => t("limitOf", { what: say(stream.title), n: format.count(stream.history_days) })).join(t("comma"));
  return (
    <FormSection title={t("history")} note={t("historyNote")}>
      <Field label={t("historyLabel")} help={t("historyHelp", { limits })}>
        {(id, about) => (
          <Radio.Group id={id} aria-describedby={about} value={days} onChange={(event) => onChange(event.target.value as number)} className="source-back">
            {choices.map((one) => (
              <Radio key={one} value={one}>
                {one === 0 ? t("historyNone") : t("historyDays", { n: format.count(one) })}
              </Radio>
            ))}
          </Radio.Group>
        )}
      </Field>
    </FormSection>
  );
}
