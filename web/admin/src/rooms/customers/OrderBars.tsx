import { Link } from "react-router";
import { format, Section, useBrand } from "@/ui";
import { numbers, texts, type State } from "./state";
import { words } from "./words";

const WINDOWS = [7, 30, 90, 180, 365] as const;

/** A year of one person's purchases on one line, each opening what happened that day; and how much falls into each window. */
export function OrderBars({ state }: { state: State }) {
  const t = words.use();
  const { businessOn, currency } = useBrand();
  const days = texts(state, "order_days");
  const fens = numbers(state, "order_fens");
  const start = format.shiftDay(businessOn, -374);
  const total = format.daysBetween(start, businessOn);
  const most = Math.max(1, ...fens);
  return (
    <Section title={t("windows")}>
      <div className="order-bars" role="group" aria-label={t("windowOrders", { n: days.length })}>
        {days.map((day, place) => {
          const fen = fens[place] ?? 0;
          const left = (format.daysBetween(start, day) / total) * 100;
          if (left < 0) return null;
          return (
            <Link
              key={`${day} ${place}`}
              to={`?tab=timeline&on=${day}`}
              replace
              preventScrollReset
              style={{ left: `${left}%`, height: `${Math.max(6, (fen / most) * 100)}%` }}
              title={`${day} · ${format.money(fen, currency)}`}
              aria-label={`${day} · ${format.money(fen, currency)}`}
            />
          );
        })}
      </div>
      <div className="order-bars-axis small soft">
        <span>{start}</span>
        <span>{businessOn}</span>
      </div>
      <ul className="order-windows">
        {WINDOWS.map((window) => (
          <li key={window}>
            <span className="small soft">{t("windowOf", { n: window })}</span>
            <b>{format.money(Number(state[`net_fen_${window}d`] ?? 0), currency)}</b>
            <span className="small soft">{t("windowOrders", { n: Number(state[`orders_${window}d`] ?? 0) })}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
