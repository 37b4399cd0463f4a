import { Button, DatePicker, Select } from "antd";
import dayjs from "dayjs";
import { useEffect } from "react";
import type { TimelineItem } from "@/api/types";
import { EmptyState, ErrorState, format, Icon, Skeleton, Tag, TimeText, useBrand, useFilters, usePick, type IconName } from "@/ui";
import { useMoments, useMomentTypes } from "./queries";
import { useWindowed } from "./useWindowed";
import { words } from "./words";
import "./history.css";

const ROW = 56;
const HEIGHT = 616;

/** What an event is about, for its mark: a refund is no order. */
const nounOf = (type: string): string => (type.endsWith("refunded") ? "refund" : (type.split(".")[0] ?? ""));

const ICONS: Readonly<Record<string, IconName>> = {
  order: "check",
  refund: "back",
  message: "campaigns",
  page: "eye",
  member: "user",
  consent: "info",
};

/** All that happened with a customer, newest first; only the rows in sight are drawn. */
export function TimelineTab({ uid }: { uid: number }) {
  const t = words.use();
  const [params, change] = useFilters();
  const types = params.get("types") ?? undefined;
  const on = params.get("on") ?? undefined;
  const moments = useMoments(uid, { types, on });
  const items = moments.data?.pages.flatMap((part) => part.items) ?? [];
  const filtered = Boolean(types || on);
  return (
    <div className="timeline-box">
      <Filters uid={uid} types={types} on={on} shown={items.length} change={change} />
      {moments.error && !moments.data ? (
        <ErrorState error={moments.error} retry={() => void moments.refetch()} />
      ) : !moments.data ? (
        <Skeleton lines={8} />
      ) : items.length === 0 ? (
        filtered ? (
          <EmptyState title={t("noneThen")} action={<Button onClick={() => change({ types: null, on: null })}>{t("clear")}</Button>}>
            {t("noneThenWhat")}
          </EmptyState>
        ) : (
          <EmptyState title={t("empty")}>{t("emptyWhat")}</EmptyState>
        )
      ) : (
        <Rows key={`${types} ${on}`} items={items} more={moments.hasNextPage && !moments.isFetchingNextPage ? () => void moments.fetchNextPage() : null} />
      )}
    </div>
  );
}

interface FiltersProps {
  readonly uid: number;
  readonly types: string | undefined;
  readonly on: string | undefined;
  readonly shown: number;
  readonly change: (wanted: Record<string, string | null | undefined>) => void;
}

function Filters({ uid, types, on, shown, change }: FiltersProps) {
  const t = words.use();
  const say = usePick();
  const known = useMomentTypes(uid, on).data?.items ?? [];
  const chosen = types?.split(",") ?? [];
  const total = known.filter((one) => chosen.length === 0 || chosen.includes(one.type)).reduce((sum, one) => sum + one.count, 0);
  return (
    <div className="timeline-tools">
      <Select
        mode="multiple"
        maxTagCount="responsive"
        className="timeline-types"
        aria-label={t("allTypes")}
        placeholder={t("allTypes")}
        value={chosen}
        onChange={(next: string[]) => change({ types: next.join(",") })}
        options={known.map((one) => ({ value: one.type, label: `${say(one.title)} ${format.count(one.count)}` }))}
      />
      <DatePicker aria-label={t("onDay")} placeholder={t("onDay")} value={on ? dayjs(on) : null} onChange={(day) => change({ on: day?.format("YYYY-MM-DD") })} />
      <span className="small soft">{t("loaded", { n: format.count(shown), total: format.count(Math.max(total, shown)) })}</span>
    </div>
  );
}

function Rows({ items, more }: { items: readonly TimelineItem[]; more: (() => void) | null }) {
  const t = words.use();
  const { first, end, onScroll } = useWindowed(ROW, items.length, HEIGHT);
  const near = end >= items.length - 1;
  useEffect(() => {
    if (near) more?.();
  }, [near, more]);
  return (
    <div className="timeline-scroll" style={{ maxHeight: HEIGHT }} onScroll={onScroll} role="region" tabIndex={0} aria-label={t("list")}>
      <ol className="timeline" style={{ height: items.length * ROW }}>
        {items.slice(first, end).map((item, place) => (
          <Moment key={first + place} item={item} top={(first + place) * ROW} last={first + place === items.length - 1} />
        ))}
      </ol>
    </div>
  );
}

function Moment({ item, top, last }: { item: TimelineItem; top: number; last: boolean }) {
  const t = words.use();
  const say = usePick();
  const { currency } = useBrand();
  const { amount_fen: fen, document_id: document } = item.props as Record<string, unknown>;
  const noun = nounOf(item.type);
  return (
    <li style={{ top, height: ROW }} className={last ? "timeline-last" : ""}>
      <span className={`timeline-mark timeline-${noun}`}>
        <Icon name={ICONS[noun] ?? "info"} size={12} />
      </span>
      <div>
        <b>{say(item.title)}</b>
        {typeof document === "string" && <span className="mono soft"> {document}</span>}
        <p className="small soft">
          <TimeText at={item.occurred_at} />
          {item.origin === "backfill" && <Tag>{t("backfill")}</Tag>}
        </p>
      </div>
      {typeof fen === "number" && fen !== 0 && <span className={fen < 0 ? "bad" : ""}>{format.money(fen, currency)}</span>}
    </li>
  );
}
