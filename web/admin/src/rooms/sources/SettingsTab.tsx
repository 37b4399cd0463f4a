import { Button } from "antd";
import { useState } from "react";
import type { Connector, SourceRow } from "@/api/types";
import { filled, Part, sound, toast, toastError, type Schema, type Values } from "@/ui";
import { ConfigFields, NameField } from "./connect/Fields";
import { AccountField } from "./connect/AccountField";
import { Look } from "./connect/Look";
import { useChangeSource, useConnectors } from "./queries";
import { words } from "./words";

/** Name, account and settings of a source; a secret shown as hidden stays as it is. */
export function SettingsTab({ source }: { source: SourceRow }) {
  const connectors = useConnectors();
  return (
    <Part query={connectors} height={240}>
      {(found) => {
        const connector = found.find((one) => one.key === source.connector);
        return connector && <Form source={source} connector={connector} />;
      }}
    </Part>
  );
}

function Form({ source, connector }: { source: SourceRow; connector: Connector }) {
  const t = words.use();
  const change = useChangeSource();
  const [name, setName] = useState(source.name);
  const [account, setAccount] = useState(source.account_id);
  const [config, setConfig] = useState<Values>(source.config);
  const [tried, setTried] = useState(false);
  const schema = connector.config_schema as Schema;
  const save = () => {
    setTried(true);
    if (!name.trim() || !sound(schema, config)) return;
    change.mutate({ id: source.id, name: name.trim(), account_id: account, config: filled(schema, config) }, { onSuccess: () => toast(t("saved")), onError: toastError });
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      {connector.platform && <AccountField platform={connector.platform} value={account} onChange={setAccount} missing={false} />}
      <NameField name={name} onName={setName} schema={schema} config={config} onConfig={setConfig} tried={tried} />
      <ConfigFields schema={schema} values={config} onChange={setConfig} told={tried} saved />
      {connector.looks && <Look connector={connector.key} config={sound(schema, config) ? filled(schema, config) : null} onTold={() => setTried(true)} source={source.id} />}
      <div className="source-end">
        <Button type="primary" htmlType="submit" loading={change.isPending}>
          {t("save")}
        </Button>
      </div>
    </form>
  );
}
