import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { api, ask } from "@/api/client";
import { useCancelOperation } from "@/api/queries";
import type { ImportRow } from "@/api/types";
import { Banner, ButtonLink, Count, EmptyState, Facts, Figure, Figures, format, Page, PageHeader, Part, Seconds, Section, Tag, TaskProgress, useBrand, useMay } from "@/ui";
import { tones, useKindWord } from "./states";
import { words } from "./words";
import "./imports.css";

const isRunning = (row: ImportRow | undefined) => row?.state === "running" || row?.state === "queued";

/** What became of one file. */
export default function ImportPage() {
  const t = words.use();
  const id = Number(useParams()["id"]);
  const found = useQuery({
    queryKey: ["imports", id],
    queryFn: () => ask(api.GET("/api/imports/{import_id}", { params: { path: { import_id: id } } })),
    refetchInterval: (query) => (isRunning(query.state.data) ? 1_000 : false),
  });
  return (
    <Page>
      <Part query={found} height={300}>
        {(row) => <Report row={row} up={{ to: "/imports", title: t("title") }} />}
      </Part>
    </Page>
  );
}

function Report({ row, up }: { row: ImportRow; up: { to: string; title: string } }) {
  const t = words.use();
  const may = useMay();
  const { zone } = useBrand();
  const kindWord = useKindWord();
  return (
    <>
      <PageHeader
        up={up}
        title={row.file_name}
        note={
          <>
            <Tag tone={tones[row.state] ?? "plain"}>{row.state in tones ? t(`s.${row.state as "done"}`) : row.state}</Tag> {t("importNote", { at: format.dateTime(row.started_at, zone) })} · <Seconds value={row.seconds} />
          </>
        }
        actions={
          row.state === "done" && (
            <>
              {may("customers.read") && (
                <ButtonLink to="/customers">{t("seeCustomers")}</ButtonLink>
              )}
              {may("segments.write") && (
                <ButtonLink to="/segments/new" type="primary">{t("makeSegment")}</ButtonLink>
              )}
            </>
          )
        }
      />
      <Running row={row} />
      {row.state === "failed" && (
        <Banner tone="bad" title={row.message}>
          {t("goOn")}
        </Banner>
      )}
      <Figures>
        <Figure label={t("inAll")} about={t("inAllWhat")} value={format.count(row.lines)} />
        <Figure label={t("inNow")} about={t("inNowWhat")} value={format.count(row.imported)} />
        <Figure label={t("waiting")} about={t("waitingWhat")} value={format.count(row.quarantined)} />
        <Figure label={t("leftOut")} about={t("leftOutWhat")} value={format.count(row.skipped)} />
      </Figures>
      <div className="two-to-one">
        <Section
          title={t("rowsTitle")}
          actions={
            row.quarantined > 0 && may("GET /api/quarantine") && (
              <ButtonLink to={`/imports?tab=rows&import_id=${row.id}`} size="small">{t("toRows")}</ButtonLink>
            )
          }
        >
          {row.quarantined > 0 ? (
            <p>
              {t("badRows")} <Count value={row.quarantined} />
            </p>
          ) : (
            <EmptyState title={t("rowsNone")}>{t("rowsNoneWhat")}</EmptyState>
          )}
        </Section>
        <Section title={t("kindsTitle")}>
          <Facts left items={Object.entries(row.kinds).map(([kind, rows]) => [kindWord(kind), <Count key={kind} value={rows} />] as const)} />
        </Section>
      </div>
    </>
  );
}

/** How far it is, and a way to stop it; what is written by then stays. */
function Running({ row }: { row: ImportRow }) {
  const t = words.use();
  const cancel = useCancelOperation();
  const id = row.operation_id;
  const task = useQuery({
    queryKey: ["operations", id],
    queryFn: () => ask(api.GET("/api/operations/{operation_id}", { params: { path: { operation_id: id ?? 0 } } })),
    enabled: id !== null && isRunning(row),
    refetchInterval: 1_000,
  });
  if (!isRunning(row)) return null;
  return (
    <TaskProgress done={task.data?.done ?? 0} total={task.data?.total ?? 0} label={row.file_name} stopping={cancel.isPending} onStop={id === null ? undefined : () => cancel.mutate(id)}>
      {t("running")} {task.data?.message}
    </TaskProgress>
  );
}
