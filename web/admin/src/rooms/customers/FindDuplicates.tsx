import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect, useRef } from "react";
import type { Suggestions } from "@/api/types";
import { Banner, Count, Icon, Part, Section, TaskProgress, TimeText, toastError } from "@/ui";
import { useFindDuplicates, useStopFinding, useSuggestions } from "./queries";
import { words } from "./words";

/** Looks for customers who probably are one; pairs it finds wait below for a decision. */
export function FindDuplicates() {
  const t = words.use();
  const search = useSuggestions();
  const find = useFindDuplicates();
  useFoundOnce(search.data);
  const running = search.data?.state === "running";
  return (
    <Section
      title={t("likelyTitle")}
      note={t("likelyNote")}
      actions={
        search.data?.installed &&
        !running && (
          <Button size="small" icon={<Icon name="search" size={14} />} loading={find.isPending} onClick={() => find.mutate(undefined, { onError: toastError })}>
            {t("likelyFind")}
          </Button>
        )
      }
    >
      <Part query={search}>{(data) => (data.installed ? <Last data={data} /> : <Missing install={data.install} />)}</Part>
    </Section>
  );
}

function Missing({ install }: { install: string }) {
  const t = words.use();
  return (
    <Banner tone="info" title={t("likelyMissing")}>
      <p>
        {t("likelyInstall")} <code>{install}</code>
      </p>
    </Banner>
  );
}

function Last({ data }: { data: Suggestions }) {
  const t = words.use();
  const stop = useStopFinding();
  switch (data.state) {
    case "running":
      return (
        <TaskProgress
          done={data.done}
          total={data.total}
          label={t("likelyTitle")}
          stopping={stop.isPending}
          onStop={() => stop.mutate(undefined, { onError: toastError })}
        >
          {t(data.done === 0 ? "likelyReading" : "likelyComparing")}
        </TaskProgress>
      );
    case "failed":
      return <Banner tone="warning">{t("likelyFailed", { why: data.message })}</Banner>;
    case "done":
      return (
        <p className="soft">
          {t("likelyLast")} <TimeText at={data.finished_at ?? null} />
          {" · "}
          <Count value={data.people ?? null} /> {t("likelyCompared")}
          {" · "}
          <Count value={data.suggestions ?? null} /> {t("likelyNew")}
        </p>
      );
    case "cancelled":
      return <p className="soft">{t("likelyStopped")}</p>;
    default:
      return <p className="soft">{t("likelyNever")}</p>;
  }
}

/** Shows the pairs that a search has just found. */
function useFoundOnce(data: Suggestions | undefined) {
  const client = useQueryClient();
  const before = useRef(data?.state);
  useEffect(() => {
    if (before.current === "running" && data?.state === "done") void client.invalidateQueries({ queryKey: ["review"] });
    before.current = data?.state;
  }, [client, data?.state]);
}
