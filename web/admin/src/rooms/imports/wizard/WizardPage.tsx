import { Button } from "antd";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { ImportTargets } from "@/api/types";
import { ErrorState, Icon, Page, PageHeader, Section, Skeleton, toast, toastError, usePick, useRested } from "@/ui";
import { PreviewView } from "../PreviewView";
import { useStartImport } from "../queries";
import { AsText } from "./AsText";
import { CheckAll } from "./CheckAll";
import { Columns } from "./Columns";
import { Details } from "./Details";
import { DropPlace } from "./DropPlace";
import { useFirstLook, useLook, useTargets } from "./queries";
import { missingFields, withoutUnknown, type Spec } from "./spec";
import { words } from "./words";
import "../imports.css";
import "./wizard.css";

/** Bring in a file: choose it, say what its columns are, see what becomes of it, import. */
export default function WizardPage() {
  const t = words.use();
  const [file, setFile] = useState<File | null>(null);
  return (
    <Page>
      <PageHeader up={{ to: "/imports", title: t("up") }} title={t("title")} note={t("note")} />
      <DropPlace file={file} onChoose={setFile} />
      {file && <OfFile key={`${file.name}:${file.size}:${file.lastModified}`} file={file} />}
    </Page>
  );
}

function OfFile({ file }: { file: File }) {
  const t = words.use();
  const [fresh, setFresh] = useState(false);
  const first = useFirstLook(file, fresh);
  if (first.isPending)
    return (
      <div aria-label={t("reading", { name: file.name })}>
        <Skeleton height={240} />
      </div>
    );
  if (first.error) return <ErrorState error={first.error} retry={() => void first.refetch()} />;
  const known = new Set(first.data.columns.map((column) => column["name"] ?? ""));
  const begin = withoutUnknown(first.data.spec as unknown as Spec, known);
  const earlier = first.data.origin === "earlier" ? { file: first.data.earlier_file, at: first.data.earlier_at ?? "" } : null;
  return <Mapped key={String(fresh)} file={file} begin={begin} samples={first.data.samples} earlier={earlier} onForget={() => setFresh(true)} />;
}

interface MappedProps {
  readonly file: File;
  readonly begin: Spec;
  readonly samples: Readonly<Record<string, readonly string[]>>;
  readonly earlier: { readonly file: string; readonly at: string } | null;
  readonly onForget: () => void;
}

function Mapped({ file, begin, samples, earlier, onForget }: MappedProps) {
  const targets = useTargets();
  const say = usePick();
  const [spec, setSpec] = useState(begin);
  if (targets.error) return <ErrorState error={targets.error} retry={() => void targets.refetch()} />;
  const target = targets.data?.targets.find((one) => one.key === spec.target);
  if (!targets.data || !target) return <Skeleton height={240} />;
  const missing = missingFields(spec, target.fields);
  return (
    <>
      <Columns spec={spec} onChange={setSpec} samples={samples} targets={targets.data} target={target} missing={missing} earlier={earlier} onForget={onForget} />
      <Details spec={spec} onChange={setSpec} samples={samples} />
      <AsText file={file} spec={spec} onApply={setSpec} />
      {missing.length === 0 && <Outcome file={file} text={JSON.stringify(spec)} label={labelOf(targets.data, target, say)} />}
    </>
  );
}

/** What a field of the result is called; identifiers stand in it as "identifier.phone". */
function labelOf(targets: ImportTargets, target: ImportTargets["targets"][number], say: ReturnType<typeof usePick>): (field: string) => string {
  const named = new Map([...target.fields.map((one) => [one.name, one.label] as const), ...targets.identifiers.map((one) => [`identifier.${one.ns}`, one.label] as const)]);
  return (field) => {
    const text = named.get(field);
    return text ? say(text) : field;
  };
}

/** What becomes of the file under a whole mapping, and the way to import it. */
function Outcome({ file, text, label }: { file: File; text: string; label: (field: string) => string }) {
  const t = words.use();
  const navigate = useNavigate();
  const rested = useRested(text, 500);
  const look = useLook(file, rested);
  const start = useStartImport();
  const found = look.data;
  const ready = rested === text && !look.isFetching && found !== undefined && found.good > 0 && !found.problem;
  const run = () =>
    start.mutate(
      { file, mapping: text },
      {
        onSuccess: () => {
          toast(t("started"));
          void navigate("/imports");
        },
        onError: toastError,
      },
    );
  if (look.error) return <ErrorState error={look.error} retry={() => void look.refetch()} />;
  if (!found) return <Skeleton height={240} />;
  if (found.problem)
    return (
      <Section title={t("previewFailed")}>
        <p className="bad">{found.problem}</p>
      </Section>
    );
  return (
    <PreviewView preview={found} label={label}>
      <div className="row wrap">
        <Button type="primary" size="large" icon={<Icon name="imports" size={16} />} loading={start.isPending} disabled={!ready} onClick={run}>
          {t("goAll")}
        </Button>
        <CheckAll file={file} mapping={text} disabled={!ready} />
      </div>
    </PreviewView>
  );
}
