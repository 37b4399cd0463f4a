import { Button } from "antd";
import { EmptyState, format, Icon, Part, Tag, TimeText, useBrand, useCursor, usePick, type IconName } from "@/ui";
import { useTimeline } from "./queries";
import { words } from "./words";

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

export function TimelineTab({ uid }: { uid: number }) {
  const t = words.use();
  const say = usePick();
  const { currency } = useBrand();
  const cursor = useCursor();
  const timeline = useTimeline(uid, cursor.cursor);
  return (
    <div className="timeline-box">
      <Part query={timeline}>
        {(data) =>
          data.items.length === 0 ? (
            <EmptyState title={t("timelineEmpty")}>{t("timelineEmptyWhat")}</EmptyState>
          ) : (
            <ol className="timeline">
              {data.items.map((item, place) => {
                const { amount_fen: fen, document_id: document } = item.props as Record<string, unknown>;
                return (
                  <li key={`${item.occurred_at} ${place}`}>
                    <span className={`timeline-mark timeline-${nounOf(item.type)}`}>
                      <Icon name={ICONS[nounOf(item.type)] ?? "info"} size={12} />
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
              })}
            </ol>
          )
        }
      </Part>
      {(cursor.page > 1 || timeline.data?.next_cursor) && (
        <div className="row timeline-paging">
          <Button size="small" disabled={cursor.page <= 1} onClick={cursor.previous} aria-label="<">
            <span className="flip"><Icon name="chevron" size={12} /></span>
          </Button>
          <Button size="small" disabled={!timeline.data?.next_cursor} onClick={() => timeline.data?.next_cursor && cursor.next(timeline.data.next_cursor, null)} aria-label=">">
            <Icon name="chevron" size={12} />
          </Button>
        </div>
      )}
    </div>
  );
}
