import { Button, Input } from "antd";
import { useState } from "react";
import type { SaidIn } from "@/api/types";
import { Field, Section, Tag, toast, toastError, useMay, type Tone } from "@/ui";
import { useSendTest, useTests } from "./queries";
import { words } from "./words";

const TONES: Readonly<Record<string, Tone>> = { sent: "good", failed: "bad", unknown: "warning" };

/** A message to addresses of the team, apart from all others. */
export function TestSend({ said }: { said: SaidIn }) {
  const t = words.use();
  const may = useMay();
  const send = useSendTest();
  const tests = useTests();
  const [to, setTo] = useState("");
  if (!may("campaigns.test")) return null;
  const addresses = to.split(/[\n,，;；]/).map((one) => one.trim()).filter(Boolean);
  const submit = () => send.mutate({ ...said, to: addresses }, { onSuccess: () => toast(t("testAsked")), onError: toastError });
  return (
    <Section title={t("testTitle")} note={t("testNote")}>
      <Field label={t("testTo")} help={t("testToHelp")}>
        {(id, about) => <Input.TextArea id={id} aria-describedby={about} autoSize={{ minRows: 2, maxRows: 6 }} value={to} onChange={(event) => setTo(event.target.value)} />}
      </Field>
      <Button loading={send.isPending} disabled={addresses.length > 10} onClick={submit}>
        {t("testSend")}
      </Button>
      <ul className="sending-tests">
        {(tests.data ?? []).slice(0, 5).map((one) => (
          <li key={one.id} className="row small">
            <span>{one.masked || one.channel}</span>
            <Tag tone={TONES[one.state] ?? "plain"}>{t(`t.${one.state}`)}</Tag>
            <span className="soft">{one.reason}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
