import { Button, Modal, Segmented, Select } from "antd";
import { useState } from "react";
import { useChannels } from "@/api/queries";
import type { ConsentsIn, Customer } from "@/api/types";
import { Field, toast, toastError, usePick } from "@/ui";
import { useChangeConsents } from "./queries";
import { Reason } from "./Reason";
import { words } from "./words";

type Change = ConsentsIn["changes"][number];
const PURPOSES = ["marketing", "service", "profiling", "sharing"] as const;
const keyOf = (one: Pick<Change, "channel" | "purpose">) => `${one.channel} ${one.purpose}`;

/** What a customer allows from now on, and what no longer. */
export function ConsentDialog({ data, onClose }: { data: Customer; onClose: () => void }) {
  const t = words.use();
  const send = useChangeConsents(data.uid);
  const before = data.consents as Change[];
  const [now, setNow] = useState<Change[]>(before);
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const changes = now.filter((one) => before.find((was) => keyOf(was) === keyOf(one))?.state !== one.state);
  const save = () => {
    setTried(true);
    if (changes.length === 0 || !reason.trim()) return;
    const body: ConsentsIn = { changes: changes.map(({ channel, purpose, state }) => ({ channel, purpose, state })), reason };
    const onSuccess = (made: { number: string }) => {
      toast(t("noted", { number: made.number }));
      onClose();
    };
    send.mutate(body, { onSuccess, onError: toastError });
  };
  return (
    <Modal open title={t("consentTitle")} okText={t("save")} confirmLoading={send.isPending} onOk={save} onCancel={onClose} width={520}>
      <div className="stack wide">
        <p className="soft">{t("consentWhat")}</p>
        <Rows now={now} set={setNow} />
        <Add now={now} add={(one) => setNow([...now, one])} />
        {tried && changes.length === 0 && <p className="bad small">{t("consentNothing")}</p>}
        <Reason value={reason} onChange={setReason} missing={tried && !reason.trim()} />
      </div>
    </Modal>
  );
}

function useChannelName(): (key: string) => string {
  const say = usePick();
  const channels = useChannels();
  return (key) => {
    const found = channels.data?.find((item) => item.key === key);
    return found ? say(found.title) : key;
  };
}

function Rows({ now, set }: { now: readonly Change[]; set: (next: Change[]) => void }) {
  const t = words.use();
  const nameOf = useChannelName();
  if (now.length === 0) return null;
  const state = (one: Change, next: Change["state"]) => set(now.map((other) => (other === one ? { ...one, state: next } : other)));
  return (
    <div className="stack">
      <ul className="consent-changes">
        {now.map((one) => (
          <li key={keyOf(one)}>
            <span>
              {nameOf(one.channel)} · {t(`p.${one.purpose}`)}
            </span>
            <Segmented<Change["state"]>
              size="small"
              value={one.state}
              onChange={(next) => state(one, next)}
              options={[
                { value: "granted", label: t("keep") },
                { value: "withdrawn", label: t("drop") },
              ]}
            />
          </li>
        ))}
      </ul>
      <span>
        <Button size="small" onClick={() => set(now.map((one) => ({ ...one, state: "withdrawn" })))}>
          {t("withdrawAll")}
        </Button>
      </span>
    </div>
  );
}

function Add({ now, add }: { now: readonly Change[]; add: (one: Change) => void }) {
  const t = words.use();
  const nameOf = useChannelName();
  const channels = useChannels();
  const [channel, setChannel] = useState("");
  const [purpose, setPurpose] = useState<Change["purpose"]>("marketing");
  const known = [...new Set([...(channels.data ?? []).map((one) => one.key), ...now.map((one) => one.channel)])];
  const there = now.some((one) => keyOf(one) === keyOf({ channel, purpose }));
  return (
    <Field label={t("addConsent")}>
      {(id) => (
        <div className="consent-new">
          <Select id={id} aria-label={t("channel")} placeholder={t("channel")} value={channel || null} onChange={(next: string) => setChannel(next)} options={known.map((key) => ({ value: key, label: nameOf(key) }))} />
          <Select aria-label={t("purpose")} value={purpose} onChange={setPurpose} options={PURPOSES.map((key) => ({ value: key, label: t(`p.${key}`) }))} />
          <Button disabled={!channel || there} onClick={() => add({ channel, purpose, state: "granted" })}>
            {t("keep")}
          </Button>
        </div>
      )}
    </Field>
  );
}
