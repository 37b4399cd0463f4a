import { Button, Input, Switch } from "antd";
import { useId, useState } from "react";
import { Field, Part, TimeText, toast, toastError, useMay } from "@/ui";
import { usePractice, useSetPractice } from "../queries";
import { EndPractice } from "./EndPractice";
import { words } from "./words";
import "./practice.css";

const USUAL = "http://127.0.0.1:8900";

/** Turn practice mode on and off, with what it does. */
export function PracticeTab() {
  const practice = usePractice();
  return (
    <Part query={practice} height={240}>
      {(data) => <Form key={String(data.on)} on={data.on} brand={data.brand} url={data.url || USUAL} since={data.since} />}
    </Part>
  );
}

function Form({ on, brand, url: from, since }: { on: boolean; brand: boolean; url: string; since: string | null }) {
  const t = words.use();
  const may = useMay();
  const set = useSetPractice();
  const id = useId();
  const [url, setUrl] = useState(from);
  const [ending, end] = useState(false);
  const begin = () => set.mutate({ on: true, url: url.trim() }, { onSuccess: () => toast(t("turnedOn")), onError: toastError });
  const write = may("settings.write");
  const mark = (next: boolean) => set.mutate({ on, url: url.trim(), brand: next }, { onSuccess: () => toast(t(next ? "brandOn" : "brandOff")), onError: toastError });
  return (
    <div className="practice">
      <div className="practice-switch">
        <Switch id={id} checked={on} disabled={!write} loading={set.isPending} onChange={(next) => (next ? begin() : end(true))} />
        <label htmlFor={id}>
          <b>{t("title")}</b>
          <span className="small soft">
            {on ? (
              <>
                {t("onSince")} <TimeText at={since} />
              </>
            ) : (
              t("isOff")
            )}
          </span>
        </label>
      </div>
      <div className="practice-switch">
        <Switch id={`${id}-brand`} checked={brand} disabled={!write} loading={set.isPending} onChange={mark} />
        <label htmlFor={`${id}-brand`}>
          <b>{t("brand")}</b>
          <span className="small soft">{t(brand ? "brandYes" : "brandNo")}</span>
        </label>
      </div>
      <ul className="practice-what">
        {(["what.calls", "what.people", "what.accounts", "what.data", "what.all"] as const).map((key) => (
          <li key={key}>{t(key)}</li>
        ))}
      </ul>
      <Field label={t("address")} help={on ? t("addressOn") : t("addressHelp")}>
        {(field, about) => <Input id={field} aria-describedby={about} className="mono" inputMode="url" readOnly={on} disabled={!write} value={url} onChange={(event) => setUrl(event.target.value)} onPressEnter={() => !on && begin()} />}
      </Field>
      <p>
        <code className="mono">{t("command")}</code>
      </p>
      {on && (
        <a href={from} target="_blank" rel="noreferrer">
          <Button>{t("openSandbox")}</Button>
        </a>
      )}
      {ending && <EndPractice onClose={() => end(false)} />}
    </div>
  );
}
