import { Button, Input, Modal, QRCode } from "antd";
import { useState } from "react";
import type { Me } from "@/api/types";
import { copyText, Field, FormSection, Tag, toast, toastError, told } from "@/ui";
import { useBeginFactor, useConfirmFactor, useEndFactor } from "../queries";
import { words as settingsWords } from "../words";
import { words } from "./words";

/** Codes from an app beside the password: turning them on, the recovery codes, turning them off. */
export function SecondFactor({ me }: { me: Me }) {
  const t = words.use();
  const begin = useBeginFactor();
  const [ending, setEnding] = useState(false);
  const [recovery, setRecovery] = useState<readonly string[] | null>(null);
  return (
    <FormSection title={t("factor")} note={t("factorNote")}>
      <p className="row">
        <Tag tone={me.second_factor ? "good" : me.second_factor_needed ? "warning" : "plain"}>{t(me.second_factor ? "factorIsOn" : "factorIsOff")}</Tag>
        {me.second_factor_needed && <span className="soft">{t("factorNeeded")}</span>}
      </p>
      {me.second_factor ? (
        <Button className="settings-submit" onClick={() => setEnding(true)}>
          {t("factorEnd")}
        </Button>
      ) : begin.data ? (
        <Confirm secret={begin.data.secret} uri={begin.data.uri} onDone={setRecovery} />
      ) : (
        <Button className="settings-submit" type={me.second_factor_needed ? "primary" : "default"} loading={begin.isPending} onClick={() => begin.mutate(undefined, { onError: toastError })}>
          {t("factorBegin")}
        </Button>
      )}
      {ending && <End onClose={() => setEnding(false)} />}
      {recovery && <Recovery codes={recovery} onClose={() => setRecovery(null)} />}
    </FormSection>
  );
}

function Confirm({ secret, uri, onDone }: { secret: string; uri: string; onDone: (codes: readonly string[]) => void }) {
  const t = words.use();
  const confirm = useConfirmFactor();
  const [code, setCode] = useState("");
  const submit = () => confirm.mutate(code, { onSuccess: (answer) => onDone(answer.codes) });
  return (
    <form
      noValidate
      className="settings-factor"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <QRCode value={uri} size={148} bordered={false} aria-label={t("factorPicture")} />
      <div>
        <p>{t("factorScan")}</p>
        <p className="small soft">
          {t("factorByHand")} <span className="mono settings-factor-secret">{secret.match(/.{1,4}/g)?.join(" ")}</span>
        </p>
        <Field label={t("factorCode")} error={confirm.error && told(confirm.error)}>
          {(id, about) => (
            <Input id={id} aria-describedby={about} autoFocus inputMode="numeric" autoComplete="one-time-code" maxLength={7} className="mono settings-code" value={code} onChange={(event) => setCode(event.target.value)} />
          )}
        </Field>
        <Button className="settings-submit" type="primary" htmlType="submit" disabled={code.replace(/\s/g, "").length !== 6} loading={confirm.isPending}>
          {t("factorConfirm")}
        </Button>
      </div>
    </form>
  );
}

function Recovery({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const t = words.use();
  const common = settingsWords.use();
  const copy = () => void copyText(codes.join("\n")).then(() => toast(common("copied")));
  return (
    <Modal
      open
      title={t("recovery")}
      width={440}
      mask={{ closable: false }}
      closable={false}
      footer={[
        <Button key="copy" onClick={copy}>
          {common("copy")}
        </Button>,
        <Button key="done" type="primary" onClick={onClose}>
          {t("recoveryKept")}
        </Button>,
      ]}
    >
      <p>{t("recoveryWhat")}</p>
      <ul className="settings-recovery mono">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
    </Modal>
  );
}

function End({ onClose }: { onClose: () => void }) {
  const t = words.use();
  const common = settingsWords.use();
  const end = useEndFactor();
  const [password, setPassword] = useState("");
  const submit = () =>
    end.mutate(password, {
      onSuccess: () => {
        toast(t("factorEnded"));
        onClose();
      },
    });
  return (
    <Modal open title={t("factorEnd")} width={440} okText={t("factorEnd")} okButtonProps={{ danger: true, disabled: !password, loading: end.isPending }} cancelText={common("cancel")} onCancel={onClose} onOk={submit}>
      <p>{t("factorEndWhat")}</p>
      <Field label={t("password")} error={end.error && told(end.error)}>
        {(id, about) => <Input.Password id={id} aria-describedby={about} autoFocus autoComplete="current-password" value={password} onChange={(event) => setPassword(event.target.value)} onPressEnter={() => password && submit()} />}
      </Field>
    </Modal>
  );
}
