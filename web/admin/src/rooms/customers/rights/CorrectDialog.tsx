import { Input, Modal, Select } from "antd";
import { useState } from "react";
import type { CorrectIn, Customer } from "@/api/types";
import { Field, toast, toastError } from "@/ui";
import { useCorrect } from "./queries";
import { Reason } from "./Reason";
import { words } from "./words";

const KEYS = ["name", "birthday", "gender", "province", "city"] as const;
type Key = (typeof KEYS)[number];

/** What changes of a customer's details; the rest stays. */
export function CorrectDialog({ data, onClose }: { data: Customer; onClose: () => void }) {
  const t = words.use();
  const correct = useCorrect(data.uid);
  const [values, setValues] = useState<Partial<Record<Key, string>>>({});
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const given = Object.entries(values).filter(([, value]) => value.trim());
  const save = () => {
    setTried(true);
    if (given.length === 0 || !reason.trim()) return;
    const body: CorrectIn = { values: Object.fromEntries(given), reason };
    const onSuccess = (made: { number: string }) => {
      toast(t("noted", { number: made.number }));
      onClose();
    };
    correct.mutate(body, { onSuccess, onError: toastError });
  };
  const set = (key: Key) => (value: string) => setValues((before) => ({ ...before, [key]: value }));
  const now = (key: Key) => (data.attributes[key] ? t("nowIs", { value: genderWord(key, data.attributes[key], t) }) : "");
  return (
    <Modal open title={t("correctTitle")} okText={t("save")} confirmLoading={correct.isPending} onOk={save} onCancel={onClose} width={520}>
      <div className="stack wide">
        <p className="soft">{t("correctWhat")}</p>
        <div className="correct-pair">
          {KEYS.map((key) => (
            <Field key={key} label={t(key)} help={[now(key), key === "birthday" ? t("birthdayHelp") : ""].filter(Boolean).join(" · ")}>
              {(id, about) =>
                key === "gender" ? (
                  <Select
                    id={id}
                    value={values.gender ?? ""}
                    onChange={set(key)}
                    options={[
                      { value: "", label: t("unchanged") },
                      { value: "female", label: t("female") },
                      { value: "male", label: t("male") },
                    ]}
                  />
                ) : (
                  <Input id={id} aria-describedby={about} maxLength={100} placeholder={t("unchanged")} value={values[key] ?? ""} onChange={(event) => set(key)(event.target.value)} />
                )
              }
            </Field>
          ))}
        </div>
        {tried && given.length === 0 && <p className="bad small">{t("nothingGiven")}</p>}
        <Reason value={reason} onChange={setReason} missing={tried && !reason.trim()} />
      </div>
    </Modal>
  );
}

function genderWord(key: Key, value: string, t: (key: Key | "female" | "male") => string): string {
  return key === "gender" && (value === "female" || value === "male") ? t(value) : value;
}
