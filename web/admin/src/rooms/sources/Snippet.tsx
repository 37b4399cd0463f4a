import { Button, Input, Segmented } from "antd";
import { useState } from "react";
import type { SourceRow } from "@/api/types";
import { Count, Icon, Tag, TimeText, toast } from "@/ui";
import { words } from "./words";

const snippetOf = (kind: "web" | "mini", server: string, key: string) =>
  kind === "mini"
    ? `// regulars.mp.js: ${server}/sdk/regulars.mp.js\nconst regulars = require("./regulars.mp.js").init({ server: "${server}", key: "${key}" })\nregulars.page()`
    : `<script>window.regulars = window.regulars || []</script>\n<script async src="${server}/sdk/regulars.js" data-key="${key}"></script>`;

/** What to put into pages and mini-programs, and whether something has come yet. */
export function Snippet({ source }: { source: SourceRow }) {
  const t = words.use();
  const [kind, choose] = useState<"web" | "mini">("web");
  const text = snippetOf(kind, window.location.origin, source.hook.slice(source.hook.lastIndexOf("/") + 1));
  const copy = () => void navigator.clipboard.writeText(text).then(() => toast(t("copied")));
  return (
    <div className="source-address">
      <h2>{t("snippet")}</h2>
      <p className="source-came" aria-live="polite">
        {source.message_at ? (
          <>
            <Tag tone="good" dot>
              {t("snippetHeard")}
            </Tag>
            <span className="small soft">
              {t("messagesCame")} <Count value={source.messages} /> {t("messagesLast")} <TimeText at={source.message_at} />
            </span>
          </>
        ) : (
          <>
            <Tag tone="info">{t("snippetWaiting")}</Tag>
            <span className="small soft">{t("snippetWaitingWhat")}</span>
          </>
        )}
      </p>
      <Segmented
        aria-label={t("snippet")}
        value={kind}
        onChange={choose}
        options={[
          { value: "web", label: t("snippetWeb") },
          { value: "mini", label: t("snippetMini") },
        ]}
      />
      <p className="small soft">{t(kind === "mini" ? "snippetMiniWhat" : "snippetWebWhat")}</p>
      <div className="source-copy">
        <Input.TextArea readOnly aria-label={t("snippet")} className="mono" autoSize value={text} onFocus={(event) => event.target.select()} />
        <Button icon={<Icon name="group" size={14} />} onClick={copy}>
          {t("copy")}
        </Button>
      </div>
      <p className="small soft">{t("snippetKey")}</p>
    </div>
  );
}
