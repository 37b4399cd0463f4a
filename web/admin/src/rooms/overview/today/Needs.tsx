import { Link } from "react-router";
import type { Need } from "@/api/types";
import { Button } from "antd";
import { format, Icon, Part, Section, type IconName } from "@/ui";
import { words } from "../words";
import { useNeeds } from "./queries";

type Word = Parameters<ReturnType<typeof words.use>>[0];

interface Kind {
  readonly word: Word;
  readonly icon: IconName;
  readonly bad?: boolean;
  /** Where it is dealt with; `one`: the page of a single thing. */
  readonly to: string;
  readonly one?: (id: string) => string;
}

/** What may wait, in order of weight. */
const kinds: Readonly<Record<string, Kind>> = {
  segments_failed: { word: "needSegments", icon: "segments", bad: true, to: "/segments", one: (id) => `/segments/${id}` },
  tasks_failed: { word: "needTasksFailed", icon: "tasks", bad: true, to: "?tasks=1" },
  tasks_stuck: { word: "needTasksStuck", icon: "clock", bad: true, to: "?tasks=1" },
  sending_halted: { word: "needHalted", icon: "warning", bad: true, to: "/data" },
  sources_in_trouble: { word: "needSources", icon: "sources", bad: true, to: "/sources" },
  rows_to_fix: { word: "needRows", icon: "wrench", to: "/imports?tab=rows" },
  customers_to_review: { word: "needReviews", icon: "merge", to: "/customers/review" },
  campaigns_measured: { word: "needMeasured", icon: "check", to: "/campaigns", one: (id) => `/campaigns/${id}` },
  journeys_to_approve: { word: "needJourneys", icon: "check", to: "/journeys", one: (id) => `/journeys/${id}` },
  campaigns_waiting: { word: "needDrafts", icon: "campaigns", to: "/campaigns", one: (id) => `/campaigns/${id}` },
  invitations_ending: { word: "needInvitations", icon: "user", to: "/settings" },
};

/** What waits for whoever looks: each a link to where it is dealt with. */
export function Needs() {
  const t = words.use();
  const needs = useNeeds();
  return (
    <Section title={t("needs")} flush={Boolean(needs.data?.items.length)}>
      <Part query={needs} height={160}>
        {(data) => {
          const known = Object.keys(kinds).flatMap((kind) => data.items.filter((item) => item.kind === kind));
          if (known.length === 0) return <p className="soft needs-none"><Icon name="check" /> {t("needsNone")}</p>;
          return (
            <ul className="needs">
              {known.map((need) => (
                <li key={need.kind}>
                  {need.failed ? <Untold retry={() => void needs.refetch()} /> : <One need={need} />}
                </li>
              ))}
            </ul>
          );
        }}
      </Part>
    </Section>
  );
}

function One({ need }: { need: Need }) {
  const t = words.use();
  const kind = kinds[need.kind];
  const [first] = need.first;
  if (!kind) return null;
  const to = need.count === 1 && first && kind.one ? kind.one(first.id) : kind.to;
  const names = need.first.map((one) => one.name).filter(Boolean);
  return (
    <Link to={to} className={kind.bad ? "need need-bad" : "need"}>
      <Icon name={kind.icon} />
      <span>
        {t(kind.word, { n: format.count(need.count) })}
        {names.length > 0 && <small className="soft">{names.join(" · ")}</small>}
      </span>
      <Icon name="chevron" size={12} />
    </Link>
  );
}

function Untold({ retry }: { retry: () => void }) {
  const t = words.use();
  return (
    <div className="need">
      <Icon name="warning" />
      <span className="soft">{t("needUntold")}</span>
      <Button size="small" onClick={retry}>
        {t("needAgain")}
      </Button>
    </div>
  );
}
