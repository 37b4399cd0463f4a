import type { AccountCheck } from "@/api/types";
import { Banner, Icon, usePick, type IconName } from "@/ui";
import { words } from "./words";
import "./accounts.css";

/** How a check ended: what the product may do with an account, and what is missing. */
export function Checked({ answer }: { answer: AccountCheck }) {
  const t = words.use();
  const say = usePick();
  const missing = answer.grants.filter((grant) => grant.granted === false).length;
  const mark = (granted: boolean | null): [IconName, string, string] =>
    granted === null ? ["info", "soft", t("untold")] : granted ? ["check", "good", t("granted")] : ["close", "bad", t("refused")];
  const untold = answer.ok && answer.grants.every((grant) => grant.granted === null);
  const title = untold ? t("checkUntold") : answer.ok ? t("checkWell") : missing > 0 ? t("checkMissing", { n: missing }) : t("checkFailed");
  const why = untold ? t("checkUntoldWhat") : missing > 0 ? t("checkMissingWhat") : answer.problem;
  return (
    <div className="account-checked">
      <Banner tone={untold ? "info" : answer.ok ? "good" : "bad"} title={title}>
        {why && <p>{why}</p>}
      </Banner>
      {answer.grants.length > 0 && (
        <ul aria-label={t("grants")}>
          {answer.grants.map((grant) => {
            const [icon, tone, word] = mark(grant.granted);
            return (
              <li key={grant.name.en}>
                <span className={tone}>
                  <Icon name={icon} size={14} />
                </span>
                <span>
                  {say(grant.name)}
                  {grant.said && <small className="soft">{t("theySaid", { said: grant.said })}</small>}
                </span>
                <span className={tone}>{word}</span>
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}
