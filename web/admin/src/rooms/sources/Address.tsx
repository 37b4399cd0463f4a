import { Button, Input } from "antd";
import type { SourceRow } from "@/api/types";
import { copyText, Count, Icon, TimeText, toast } from "@/ui";
import { words } from "./words";

/** Where the platform is to send its messages. */
export function Address({ source }: { source: SourceRow }) {
  const t = words.use();
  const address = window.location.origin + source.hook;
  const copy = () => void copyText(address).then(() => toast(t("copied")));
  return (
    <div className="source-address">
      <h2>{t("address")}</h2>
      <p className="small soft">{t("addressWhat")}</p>
      <div className="source-copy">
        <Input readOnly aria-label={t("address")} className="mono" value={address} onFocus={(event) => event.target.select()} />
        <Button icon={<Icon name="group" size={14} />} onClick={copy}>
          {t("copy")}
        </Button>
      </div>
      <p className="small soft">
        {source.message_at ? (
          <>
            {t("messagesCame")} <Count value={source.messages} /> {t("messagesLast")} <TimeText at={source.message_at} />
          </>
        ) : (
          t("noMessages")
        )}
      </p>
    </div>
  );
}
