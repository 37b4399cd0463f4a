import { Link } from "react-router";
import type { DayChange } from "@/api/types";
import { format, Icon, Part, Section, useBrand, useLang } from "@/ui";
import { words } from "../words";
import { behindPart } from "./behind";
import { useChanges } from "./queries";
import { useWhen } from "./days";

/** Keeps a sign on the line of its figure. */
const JOINED = "\u2060";

/** What changed against last week, and where: computed, the largest parts first. */
export function Changes({ on }: { on: string | undefined }) {
  const t = words.use();
  const changes = useChanges(on);
  return (
    <Section title={t("changes")} note={changes.data?.day.unfinished ? <Unfinished data={changes.data} /> : undefined}>
      <Part query={changes} height={160}>
        {(data) => <Told data={data} />}
      </Part>
    </Section>
  );
}

function Unfinished({ data }: { data: DayChange }) {
  const t = words.use();
  const { time } = useWhen()(data);
  return <>{t("unfinishedDay", { time })}</>;
}

function Told({ data }: { data: DayChange }) {
  const t = words.use();
  const lang = useLang();
  const { currency } = useBrand();
  const { beside } = useWhen()(data);
  const by = data.now_fen - data.then_fen;
  const money = (fen: number) => format.moneyShort(fen, currency, lang);
  const signed = (fen: number) => (fen > 0 ? `+${JOINED}${money(fen)}` : money(fen));
  if (data.now_fen === 0 && data.then_fen === 0) return <p className="soft">{t("changeNothing", { day: beside })}</p>;
  return (
    <>
      <p className="change-whole">
        {by === 0 ? t("changeEqual", { day: beside }) : t(by > 0 ? "changeMore" : "changeLess", { day: beside, by: money(Math.abs(by)), now: money(data.now_fen), then: money(data.then_fen) })}
        {data.by_orders_fen !== null && data.by_average_fen !== null && by !== 0 && (
          <span className="soft"> {t("changeEffects", { orders: signed(data.by_orders_fen), average: signed(data.by_average_fen) })}</span>
        )}
      </p>
      {data.parts.length === 0 ? (
        <p className="small soft">{t("changeNoParts")}</p>
      ) : (
        <ol className="changes">
          {data.parts.map((part) => (
            <li key={`${part.dimension} ${part.value}`}>
              <OnePart part={part} on={data.day.on} other={data.other.on} widest={Math.abs(data.parts[0]?.change_fen ?? 1)} />
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

type Piece = DayChange["parts"][number];

function usePartName(): (part: Piece) => string {
  const t = words.use();
  const buyers = { new: "newBuyers", returning: "returning", anonymous: "anonymousPeople" } as const;
  return ({ dimension, value }) => {
    if (dimension === "buyer") return value in buyers ? t(buyers[value as keyof typeof buyers]) : value;
    const named = { shop: "partShop", region: "partRegion", category: "partCategory" } as const;
    const untold = { shop: "partNoShop", region: "partNoRegion", category: "partNoCategory" } as const;
    return value ? t(named[dimension], { name: value }) : t(untold[dimension]);
  };
}

function OnePart({ part, on, other, widest }: { part: Piece; on: string; other: string; widest: number }) {
  const t = words.use();
  const lang = useLang();
  const { currency } = useBrand();
  const name = usePartName()(part);
  const money = (fen: number) => format.moneyShort(fen, currency, lang);
  const more = part.change_fen > 0;
  const link = behindPart(part, on, other);
  const told = (
    <>
      <i className={more ? "change-bar more" : "change-bar less"} style={{ width: `${Math.max(4, (Math.abs(part.change_fen) / widest) * 100)}%` }} aria-hidden />
      <span>{t(more ? "partMore" : "partLess", { what: name, by: money(Math.abs(part.change_fen)) })}</span>
      <small className="soft">{t("partFigures", { then: money(part.then_fen), now: money(part.now_fen) })}</small>
    </>
  );
  return link ? (
    <Link to={link} className="change">
      {told}
      <Icon name="chevron" size={12} />
    </Link>
  ) : (
    <span className="change">{told}</span>
  );
}
