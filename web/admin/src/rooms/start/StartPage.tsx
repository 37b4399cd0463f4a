import { useQuery } from "@tanstack/react-query";
import { api, ask } from "@/api/client";
import { Banner, ButtonLink, format, Icon, Page, PageHeader, Section, Skeleton, useMay } from "@/ui";
import { words } from "./words";
import "./start.css";

interface Step {
  readonly key: "data" | "people" | "segment" | "team" | "keys";
  readonly to: string;
  readonly permission: string;
  /** How much of it there is, and from how much on the step counts as done. */
  readonly count: number | undefined;
  readonly enough: number;
}

/** One number of another room, asked for only by those who may read it. */
function useCount(key: string, permission: string, read: () => Promise<number>): number | undefined {
  const may = useMay();
  return useQuery({ queryKey: ["start", key], queryFn: read, enabled: may(permission), staleTime: 0 }).data;
}

function useSteps(): readonly Step[] {
  const imports = useCount("imports", "ingest.read", async () => (await ask(api.GET("/api/imports"))).items.filter((one) => one.state === "done").length);
  const people = useCount("people", "customers.read", async () => (await ask(api.GET("/api/customers", { params: { query: { limit: 1 } } }))).total ?? 0);
  const segments = useCount("segments", "segments.read", async () => (await ask(api.GET("/api/segments"))).items.length);
  const team = useCount("team", "access.read", async () => (await ask(api.GET("/api/users"))).items.length);
  const keys = useCount("keys", "access.read", async () => (await ask(api.GET("/api/api-keys"))).items.length);
  return [
    { key: "data", to: "/imports/new", permission: "ingest.write", count: imports, enough: 1 },
    { key: "people", to: "/customers", permission: "customers.read", count: people, enough: 1 },
    { key: "segment", to: "/segments/new", permission: "segments.write", count: segments, enough: 1 },
    { key: "team", to: "/settings?tab=team", permission: "access.write", count: team, enough: 2 },
    { key: "keys", to: "/settings?tab=keys", permission: "access.write", count: keys, enough: 1 },
  ];
}

const isDone = (step: Step) => (step.count ?? 0) >= step.enough;

/** From an empty house to the first people to contact. */
export default function StartPage() {
  const t = words.use();
  const may = useMay();
  const steps = useSteps().filter((step) => may(step.permission));
  const next = steps.find((step) => !isDone(step));
  const ready = steps.length > 0 && steps.slice(0, 3).every(isDone);
  return (
    <Page narrow>
      <PageHeader title={t("title")} note={t("note")} />
      {ready && may("campaigns.write") && (
        <Banner
          tone="good"
          action={
            <ButtonLink to="/campaigns/new">{t("campaign")}</ButtonLink>
          }
        >
          {t("ready")}
        </Banner>
      )}
      <Section flush>
        <ol className="start">
          {steps.map((step, index) => (
            <Row key={step.key} step={step} number={index + 1} isNext={step === next} />
          ))}
        </ol>
      </Section>
      <p className="small soft start-demo">
        <strong>{t("demo")}</strong> {t("demoWhat")}
      </p>
    </Page>
  );
}

function Row({ step, number, isNext }: { step: Step; number: number; isNext: boolean }) {
  const t = words.use();
  const done = isDone(step);
  return (
    <li className={done ? "start-done" : isNext ? "start-next" : ""} aria-current={isNext ? "step" : undefined}>
      <span className="start-mark">{done ? <Icon name="check" size={14} title={t("done")} /> : number}</span>
      <div>
        <h2>{t(step.key)}</h2>
        <p className="soft">{t(`${step.key}.what`)}</p>
        {step.count === undefined ? <Skeleton lines={1} /> : done && <p className="small good">{t(`${step.key}.done`, { n: format.count(step.count) })}</p>}
      </div>
      <ButtonLink to={step.to} type={isNext ? "primary" : "default"}>{t(`${step.key}.do`)}</ButtonLink>
    </li>
  );
}
