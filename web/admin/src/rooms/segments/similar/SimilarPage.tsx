import { Button, Checkbox, ConfigProvider, Input, InputNumber, Select } from "antd";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { useSegmentChoice } from "@/api/segmentChoice";
import type { Segment } from "@/api/types";
import { EmptyState, ErrorState, Field, format, Page, PageHeader, Part, Section, Skeleton, TaskProgress, toastError, useMay } from "@/ui";
import { useRecipients } from "../audiences/queries";
import { useSegment } from "../queries";
import type { Asked } from "./queries";
import { Told } from "./Told";
import { MOST, useLooking, type Looking } from "./useLooking";
import { words } from "./words";

const SIZES = [1, 2, 5, 10] as const;

/** From a segment to more people like those in it: who they would be, and whether that works, before it is kept. */
export default function SimilarPage() {
  const t = words.use();
  const id = Number(useParams()["id"]);
  const segment = useSegment(id);
  return (
    <Page>
      <PageHeader
        up={{ to: `/segments/${id}`, title: segment.data?.name ?? "…" }}
        name={t("title")}
        title={segment.data ? t("of", { name: segment.data.name }) : t("title")}
        note={t("note")}
      />
      <Part query={segment} height={260}>
        {(data) => <Finding key={data.id} seed={data} />}
      </Part>
    </Page>
  );
}

function Finding({ seed }: { seed: Segment }) {
  const may = useMay();
  const looking = useLooking(seed);
  if (!looking.asked) return <Skeleton height={260} />;
  const { asked, told, saving } = looking;
  return (
    <div className="split similar-split">
      <div className="stack">
        <Found looking={looking} />
      </div>
      <ConfigProvider componentDisabled={saving}>
        <div className="stack similar-form">
          <Section className="similar-ask">
            <Ask seed={seed} asked={asked} set={looking.set} />
          </Section>
          {may("segments.write") && told && <Save seed={seed} looking={looking} candidates={told.candidates} />}
        </div>
      </ConfigProvider>
    </div>
  );
}

/** What was found, or how far the search is. */
function Found({ looking: { task, told, error, again, stop, stopping } }: { looking: Looking }) {
  const t = words.use();
  const running = task?.state === "running";
  return (
    <>
      {running && (
        <Section title={t(task.name ? "saving" : "looking")}>
          <TaskProgress done={task.done} total={task.total} label={t("looking")} stopping={stopping} onStop={stop}>
            {t(task.done >= 2 ? "step.2" : task.done === 1 ? "step.1" : "step.0")}
          </TaskProgress>
        </Section>
      )}
      {!running && error !== null && (
        <Section>
          <ErrorState error={error} retry={again} />
        </Section>
      )}
      {!running && task?.state === "cancelled" && (
        <Section>
          <EmptyState title={t("stopped")} action={<Button onClick={again}>{t("again")}</Button>}>
            {t("stoppedWhat")}
          </EmptyState>
        </Section>
      )}
      {told && (
        <div className={running ? "similar-waiting" : undefined} aria-busy={running}>
          <Told data={told} />
        </div>
      )}
    </>
  );
}

function Ask({ seed, asked, set }: { seed: Segment; asked: Asked; set: (change: Partial<Asked>) => void }) {
  const t = words.use();
  const navigate = useNavigate();
  const segments = useSegmentChoice(seed.id);
  const recipients = useRecipients();
  const consents = [
    { value: "", label: t("consentAny") },
    { value: "sms:marketing", label: t("consent.sms") },
    { value: "email:marketing", label: t("consent.email") },
    ...(recipients.data?.items ?? []).map(({ key }) => ({ value: `${key}:sharing`, label: t("consentShare", { key }) })),
  ];
  return (
    <>
      <Field label={t("seed")} help={t("seedHelp", { n: format.count(seed.people) })}>
        {(id) => (
          <Select
            id={id}
            showSearch={segments.search}
            value={seed.id}
            onChange={(other: number) => void navigate(`/segments/${other}/similar`, { replace: true })}
            options={segments.items.map((one) => ({ value: one.id, label: one.name }))}
          />
        )}
      </Field>
      <Field label={t("people")} help={t("peopleHelp")}>
        {(id, about) => (
          <>
            <InputNumber id={id} aria-describedby={about} min={1} max={MOST} precision={0} value={asked.people} onChange={(people) => people && set({ people })} />
            <div className="similar-sizes">
              {SIZES.map((times) => {
                const people = Math.min(seed.people * times, MOST);
                return (
                  <Button key={times} size="small" type={people === asked.people ? "primary" : "default"} ghost={people === asked.people} onClick={() => set({ people })}>
                    {t(`x.${times}`)}
                  </Button>
                );
              })}
            </div>
          </>
        )}
      </Field>
      <Field label={t("consent")} help={t("consentHelp")}>
        {(id) => <Select id={id} value={asked.consent} options={consents} onChange={(consent: string) => set({ consent })} />}
      </Field>
      <Checkbox className="field" checked={asked.anonymous} onChange={(event) => set({ anonymous: event.target.checked })}>
        {t("anonymous")}
      </Checkbox>
    </>
  );
}

function Save({ seed, looking, candidates }: { seed: Segment; looking: Looking; candidates: number }) {
  const t = words.use();
  const { asked, saving } = looking;
  const [name, setName] = useState(() => t("of", { name: seed.name }).slice(0, 80));
  const [left, setLeft] = useState(false);
  const submit = () => {
    setLeft(true);
    if (name.trim()) looking.save(name.trim(), toastError);
  };
  return (
    <Section
      title={t("saveTitle", { n: format.count(Math.min(asked?.people ?? 0, candidates)) })}
      note={t("saveNote", { candidates: format.count(candidates) })}
    >
      <Field label={t("name")} error={left && !name.trim() ? t("nameMissing") : null}>
        {(id, about) => <Input id={id} aria-describedby={about} value={name} maxLength={80} onChange={(event) => setName(event.target.value)} onPressEnter={submit} />}
      </Field>
      <Button type="primary" block className="field" loading={saving} onClick={submit}>
        {t("save")}
      </Button>
    </Section>
  );
}
