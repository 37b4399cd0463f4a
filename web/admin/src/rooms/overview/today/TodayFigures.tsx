import { Link } from "react-router";
import type { Day } from "@/api/types";
import { Count, Figure, Figures, Money, Part, Skeleton } from "@/ui";
import { useDefinition } from "../useDefinition";
import { words } from "../words";
import { behind } from "./behind";
import { useDay } from "./queries";
import { useWhen } from "./days";

/** How the day is against the same weekday a week before, both up to the same hour. */
export function TodayFigures({ on, yesterday }: { on: string | undefined; yesterday: string }) {
  const day = useDay(on);
  if (!day.data && !day.error) return <Skeleton height={104} />;
  return <Part query={day}>{(data) => <Told data={data} yesterday={yesterday} />}</Part>;
}

function Told({ data, yesterday }: { data: Day; yesterday: string }) {
  const t = words.use();
  const define = useDefinition();
  const when = useWhen()(data);
  const { now, then } = data;
  const on = data.day.on;
  const about = (field: string) => define(`day.${field}`, when.covers);
  const before = (field: "orders" | "net_fen" | "new_buyers" | "returning_buyers" | "refunded_fen", lessIsGood = false) => ({
    now: now[field],
    then: then[field],
    label: t("versusDay", { day: when.beside }),
    lessIsGood,
  });
  const visits = now.visitors !== null && then.visitors !== null;
  const nothing = !visits && now.orders + then.orders + now.refunds + then.refunds === 0;
  return (
    <>
      <Figures>
        <Figure key_ label={t("dayNet")} value={<Money fen={now.net_fen} short />} about={about("net_fen")} to={behind.buyers(on)} before={before("net_fen")} />
        <Figure label={t("dayOrders")} value={<Count value={now.orders} />} unit={t("unitOrders")} about={about("orders")} to={behind.buyers(on)} before={before("orders")} />
        <Figure
          label={t("dayVisitors")}
          value={<Count value={now.visitors} />}
          unit={visits ? t("unitPeople") : undefined}
          about={about("visitors")}
          to={visits ? behind.visitors(on) : undefined}
          before={visits ? { now: now.visitors ?? 0, then: then.visitors ?? 0, label: t("versusDay", { day: when.beside }) } : undefined}
          note={visits ? undefined : t("noVisits")}
        />
        <Figure label={t("newBuyers")} value={<Count value={now.new_buyers} />} unit={t("unitPeople")} about={about("new_buyers")} to={behind.newBuyers(on)} before={before("new_buyers")} />
        <Figure label={t("returning")} value={<Count value={now.returning_buyers} />} unit={t("unitPeople")} about={about("returning_buyers")} to={behind.returning(on)} before={before("returning_buyers")} />
        <Figure label={t("dayRefunds")} value={<Money fen={now.refunded_fen} short />} about={about("refunded_fen")} before={before("refunded_fen", true)} />
      </Figures>
      {nothing && (
        <p className="small soft today-nothing">
          {t(data.day.unfinished ? "nothingYet" : "nothingThen", { day: when.beside })}{" "}
          {on !== yesterday && (
            <Link to="?day=yesterday" className="link">
              {t("seeYesterday")}
            </Link>
          )}
        </p>
      )}
    </>
  );
}
