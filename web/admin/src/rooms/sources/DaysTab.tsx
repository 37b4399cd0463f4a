import { useState } from "react";
import type { SourceDay, SourceRow } from "@/api/types";
import { Count, DateText, EmptyState, format, Icon, Money, Part, TimeText, useBrand } from "@/ui";
import { useConnectors, useDays } from "./queries";
import { words } from "./words";

const differs = (day: SourceDay) => day.orders !== day.our_orders || day.fen !== day.our_fen || day.differing.length > 0;

/** Our orders of each day beside the platform's own count. */
export function DaysTab({ source }: { source: SourceRow }) {
  const t = words.use();
  const { currency, zone } = useBrand();
  const days = useDays(source.id);
  const theirs = useConnectors().data?.find((one) => one.key === source.connector)?.zone;
  return (
    <Part query={days} height={240}>
      {(found) =>
        found.length === 0 ? (
          <EmptyState title={t("daysEmpty")}>{t("daysEmptyWhat")}</EmptyState>
        ) : (
          <>
            <p className="small soft source-foot">
              {t("daysNote", { n: format.count(found.length), same: format.count(found.filter((day) => !differs(day)).length) })} <TimeText at={found[0]?.compared_at} />
              {theirs && theirs !== zone && <> {t("daysZone", { zone: theirs })}</>}
            </p>
            <div className="source-days">
              <table className="table" aria-label={t("tabDays")}>
                <thead>
                  <tr>
                    <th>{t("colDay")}</th>
                    <th className="numeric wide-only">{t("colTheirOrders")}</th>
                    <th className="numeric wide-only">{t("colOurOrders")}</th>
                    <th className="numeric">{t("colTheirs", { currency: format.currencySymbol(currency) })}</th>
                    <th className="numeric wide-only">{t("colOurs", { currency: format.currencySymbol(currency) })}</th>
                    <th className="numeric">{t("colDifference")}</th>
                  </tr>
                </thead>
                <tbody>
                  {found.map((day) => (
                    <Day key={day.day} day={day} />
                  ))}
                </tbody>
              </table>
            </div>
          </>
        )
      }
    </Part>
  );
}

function Day({ day }: { day: SourceDay }) {
  const t = words.use();
  const { currency } = useBrand();
  const [open, setOpen] = useState(false);
  const orders = day.our_orders - day.orders;
  const words_ = [orders !== 0 && t("ordersOff", { n: format.withSign(orders, 0) }), day.our_fen !== day.fen && format.moneyDiff(day.our_fen - day.fen, currency)].filter(Boolean);
  return (
    <>
      <tr>
        <td>
          {day.differing.length > 0 ? (
            <button type="button" className="source-open" aria-expanded={open} onClick={() => setOpen(!open)}>
              <Icon name={open ? "down" : "chevron"} size={12} />
              <DateText on={day.day} />
            </button>
          ) : (
            <span className="source-open">
              <Icon name="check" size={12} />
              <DateText on={day.day} />
            </span>
          )}
        </td>
        <td className="numeric wide-only">
          <Count value={day.orders} />
        </td>
        <td className="numeric wide-only">
          <Count value={day.our_orders} />
        </td>
        <td className="numeric">
          <Money fen={day.fen} bare />
        </td>
        <td className="numeric wide-only">
          <Money fen={day.our_fen} bare />
        </td>
        <td className="numeric">
          {differs(day) ? <span className="bad">{words_.length > 0 ? words_.join(" · ") : t("sameSum")}</span> : <span className="good">{t("noDifference")}</span>}
        </td>
      </tr>
      {open && <Differing day={day} />}
    </>
  );
}

function Differing({ day }: { day: SourceDay }) {
  const t = words.use();
  const amount = (fen: number | null, missing: string) => (fen === null ? <span className="warning">{missing}</span> : <Money fen={fen} />);
  return (
    <tr className="source-differing">
      <td colSpan={6}>
        <ul>
          {day.differing.map((one) => (
            <li key={one.order}>
              <span className="mono">{one.order}</span>
              <span>
                {t("theirs")} {amount(one.theirs_fen, t("notThere"))}
              </span>
              <span>
                {t("ours")} {amount(one.ours_fen, t("notHere"))}
              </span>
            </li>
          ))}
        </ul>
        <p className="small soft">{t("differingWhat")}</p>
      </td>
    </tr>
  );
}
