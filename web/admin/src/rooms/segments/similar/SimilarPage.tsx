import { Button, Checkbox, Input, InputNumber, Select } from "antd";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { useSegments } from "@/api/queries";
import type { Segment } from "@/api/types";
import { ErrorState, Field, format, Page, PageHeader, Part, Section, Skeleton, toast, toastError, useMay, useRested } from "@/ui";
import { useRecipients } from "../audiences/queries";
import { useSegment } from "../queries";
import { useLookalikePreview, useSaveLookalike, type Asked } from "./queries";
import { Told } from "./Told";
import { words } from "./words";

const SIZES = [1, 2, 5, 10] as const;
const MOST = 1_000_000;

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
  const t = words.use();
  const may = useMay();
  const [asked, setAsked] = useState<Asked>({ people: Math.min(Math.max(seed.people, 1), MOST), anonymous: false, consent: "" });
  const rested = useRested(asked, 400);
  const found = useLookalikePreview(seed.id, rested, seed.people > 0);
  const waiting = found.isPlaceholderData || rested !== asked;
  return (
    <div className="split similar-split">
      <div className="stack">
        {found.error ? (
          <Section>
            <ErrorState error={found.error} retry={() => void found.refetch()} />
          </Section>
        ) : found.data ? (
          <div className={waiting ? "similar-waiting" : undefined} aria-busy={waiting}>
            <Told data={found.data} />
          </div>
        ) : (
          <Section title={t("looking")}>
            <Skeleton height={320} />
          </Section>
        )}
      </div>
      <div className="stack similar-form">
        <Section className="similar-ask">
          <Ask seed={seed} asked={asked} set={(change) => setAsked({ ...asked, ...change })} />
        </Section>
        {may("segments.write") && found.data && !found.error && (
          <Save seed={seed} asked={asked} candidates={found.data.candidates} />
        )}
      </div>
    </div>
  );
}

function Ask({ seed, asked, set }: { seed: Segment; asked: Asked; set: (change: Partial<Asked>) => void }) {
  const t = words.use();
  const navigate = useNavigate();
  const segments = useSegments();
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
           
            showSearch={{ optionFilterProp: "label" }}
            value={seed.id}
            onChange={(other: number) => void navigate(`/segments/${other}/similar`, { replace: true })}
            options={(segments.data?.items ?? [{ id: seed.id, name: seed.name }]).map((one) => ({ value: one.id, label: one.name }))}
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

function Save({ seed, asked, candidates }: { seed: Segment; asked: Asked; candidates: number }) {
  const t = words.use();
  const navigate = useNavigate();
  const save = useSaveLookalike(seed.id);
  const [name, setName] = useState(() => t("of", { name: seed.name }).slice(0, 80));
  const [left, setLeft] = useState(false);
  const submit = () => {
    setLeft(true);
    if (!name.trim()) return;
    save.mutate(
      { ...asked, name: name.trim() },
      {
        onSuccess: (made) => {
          toast(t("saved", { n: format.count(made.people) }));
          void navigate(`/segments/${made.id}?tab=similar`);
        },
        onError: toastError,
      },
    );
  };
  return (
    <Section title={t("saveTitle", { n: format.count(Math.min(asked.people, candidates)) })} note={t("saveNote", { candidates: format.count(candidates) })}>
      <Field label={t("name")} error={left && !name.trim() ? t("nameMissing") : null}>
        {(id, about) => <Input id={id} aria-describedby={about} value={name} maxLength={80} onChange={(event) => setName(event.target.value)} onPressEnter={submit} />}
      </Field>
      <Button type="primary" block className="field" loading={save.isPending} onClick={submit}>
        {t("save")}
      </Button>
    </Section>
  );
}
