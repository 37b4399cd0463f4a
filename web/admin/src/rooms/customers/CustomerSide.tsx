import { Link } from "react-router";
import { useChannels } from "@/api/queries";
import type { Customer, SegmentOfPerson } from "@/api/types";
import { DateText, Facts, Section, Tag, TimeText, Unknown, usePick, type Tone } from "@/ui";
import { PersonTags } from "./PersonTags";
import { date, text } from "./state";
import { words } from "./words";

const consentTone: Readonly<Record<string, Tone>> = { granted: "good", withdrawn: "bad" };
const consentWord = { granted: "granted", withdrawn: "withdrawn" } as const;

const ATTRIBUTES = ["name", "gender", "birthday", "province", "city"] as const;

/** What stands beside one person's history: segments, consent, attributes. */
export function CustomerSide({ data }: { data: Customer }) {
  const t = words.use();
  const { state } = data;
  const say = usePick();
  const channels = useChannels();
  const channelName = (key: string) => {
    const channel = channels.data?.find((item) => item.key === key);
    return channel ? say(channel.title) : key;
  };
  const known = ATTRIBUTES.filter((key) => data.attributes[key]);
  const told = (key: (typeof ATTRIBUTES)[number]) => {
    const value = data.attributes[key] ?? "";
    return key === "gender" && (value === "female" || value === "male") ? t(value) : value;
  };
  const wordOf = (state: string) => (state in consentWord ? t(consentWord[state as keyof typeof consentWord]) : t("unknown"));
  return (
    <aside className="stack customer-side">
      <Section title={t("segments")}>
        {data.segments.length === 0 ? (
          <p className="soft">{t("segmentsNone")}</p>
        ) : (
          <ul className="row wrap">
            {(data.segments as unknown as SegmentOfPerson[]).map((item) => (
              <li key={item.id}>
                <Link to={`/segments/${item.id}`}>
                  <Tag>{item.name}</Tag>
                </Link>
              </li>
            ))}
          </ul>
        )}
      </Section>
      <PersonTags uid={data.uid} />
      <Section title={t("consent")}>
        {data.consents.length === 0 && <p className="soft">{t("consentNone")}</p>}
        <ul className="stack">
          {data.consents.map((item) => (
            <li key={`${item.channel} ${item.purpose}`}>
              <div className="row apart">
                <span>
                  {channelName(item.channel)} · {item.purpose === "marketing" ? t("marketing") : item.purpose === "service" ? t("service") : item.purpose}
                </span>
                <Tag tone={consentTone[item.state] ?? "plain"}>{wordOf(item.state)}</Tag>
              </div>
              <p className="small soft">
                {t("basis", { basis: item.basis })} · <TimeText at={item.changed_at} />
              </p>
            </li>
          ))}
        </ul>
      </Section>
      <Section title={t("attributes")}>
        <Facts
          items={[
            [t("firstOrder"), <DateText key="f" on={date(state, "first_order_on")} />],
            [t("favouriteCategory"), text(state, "favourite_category") || <Unknown />],
            [t("favouriteShop"), text(state, "favourite_shop") || <Unknown />],
            [t("region"), text(state, "region") || <Unknown />],
            [t("member"), t(state["member"] ? "yes" : "no")],
            ...known.map((key) => [t(key), told(key)] as const),
          ]}
        />
      </Section>
    </aside>
  );
}
