import { Button, Input } from "antd";
import { Field, usePick } from "@/ui";
import { useVariables } from "./queries";
import { words } from "./words";
import "./sending.css";

export interface Texts {
  readonly title: string;
  readonly body: string;
  readonly link: string;
}

const LINK = "{{ link }}";

/** Title, text with its variables at hand, and the address its short link leads to. */
export function TextFields({ texts, set, wrong }: { texts: Texts; set: (change: Partial<Texts>) => void; wrong: boolean }) {
  const t = words.use();
  const say = usePick();
  const variables = useVariables();
  const insert = (name: string) => set({ body: `${texts.body}{{ ${name} }}` });
  return (
    <>
      <Field label={t("title")} optional={t("optional")}>
        {(id) => <Input id={id} maxLength={500} value={texts.title} onChange={(event) => set({ title: event.target.value })} />}
      </Field>
      <Field label={t("body")} help={`${texts.body.length} / 500`} error={wrong ? t("bodyMissing") : null}>
        {(id, about) => (
          <>
            <Input.TextArea id={id} aria-describedby={about} autoSize={{ minRows: 4, maxRows: 12 }} maxLength={500} value={texts.body} onChange={(event) => set({ body: event.target.value })} />
            <div className="sending-variables" aria-label={t("variables")}>
              {(variables.data ?? []).map((one) => (
                <Button key={one.name} size="small" onClick={() => insert(one.name)} title={`{{ ${one.name} }}`}>
                  {say(one.title)}
                </Button>
              ))}
            </div>
          </>
        )}
      </Field>
      <Field label={t("link")} optional={t("optional")} help={t("linkHelp")}>
        {(id) => (
          <div className="row">
            <Input id={id} type="url" maxLength={2000} placeholder="https://" value={texts.link} onChange={(event) => set({ link: event.target.value })} />
            <Button disabled={!texts.link.trim() || texts.body.includes(LINK)} onClick={() => insert("link")}>
              {t("insertLink")}
            </Button>
          </div>
        )}
      </Field>
    </>
  );
}
