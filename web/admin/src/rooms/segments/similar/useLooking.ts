import { useEffect, useMemo, useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import type { Lookalike, LookalikeTask, Segment } from "@/api/types";
import { format, toast, toastError, useRested } from "@/ui";
import { useLookForSimilar, useSimilarTask, useStopSimilar, type Asked } from "./queries";
import { words } from "./words";

export const MOST = 1_000_000;

export interface Looking {
  /** What is asked for; null while a search named in the address is read. */
  readonly asked: Asked | null;
  readonly task: LookalikeTask | undefined;
  /** What the last search that ended well found. */
  readonly told: Lookalike | null;
  readonly error: unknown;
  readonly saving: boolean;
  readonly stopping: boolean;
  set(change: Partial<Asked>): void;
  save(name: string, onError: (error: unknown) => void): void;
  again(): void;
  stop(): void;
}

const same = (one: Asked, other: Asked) => one.people === other.people && one.anonymous === other.anonymous && one.consent === other.consent;

/** The search for customers like a segment's: a task in the background, named in the address, so that a reload finds it. */
export function useLooking(seed: Segment): Looking {
  const t = words.use();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const id = Number(search.get("task")) || null;
  const query = useSimilarTask(seed.id, id);
  const task = query.data;
  const begin = useLookForSimilar(seed.id);
  const stop = useStopSimilar(seed.id);
  const [changed, setChanged] = useState<Asked | null>(null);
  const isReading = id !== null && query.isPending;
  const before = task?.asked;
  // The same object until something else is asked, or it would never rest.
  const asked = useMemo(() => {
    const first: Asked = { people: Math.min(Math.max(seed.people, 1), MOST), anonymous: false, consent: "" };
    return changed ?? (isReading ? null : { ...first, ...before });
  }, [changed, isReading, before, seed.people]);
  const rested = useRested(asked, 400);
  const saving = task?.state === "running" && task.name !== "";
  const told = useLast(task?.told ?? null);
  const begun = useRef("");

  const look = (wanted: Asked) => {
    if (task?.state === "running") stop.mutate(task.id);
    begin.mutate(wanted, { onSuccess: (made) => setSearch({ task: String(made.id) }, { replace: true }) });
  };
  useEffect(() => {
    if (!rested || saving || seed.people === 0 || (task && same(task.asked, rested))) return;
    if (begun.current === JSON.stringify(rested)) return;
    begun.current = JSON.stringify(rested);
    look(rested);
  });
  useEffect(() => {
    if (task?.state !== "done" || !task.made_id) return;
    toast(t("saved", { n: format.count(task.people ?? 0) }));
    void navigate(`/segments/${task.made_id}?tab=similar`, { replace: true });
  }, [task, navigate, t]);

  return {
    asked,
    task,
    told,
    error: begin.error ?? (task?.state === "failed" ? task : null),
    saving,
    stopping: stop.isPending,
    set: (change) => asked && setChanged({ ...asked, ...change }),
    save: (name, onError) => {
      if (asked) begin.mutate({ ...asked, name }, { onSuccess: (made) => setSearch({ task: String(made.id) }, { replace: true }), onError });
    },
    again: () => asked && look(asked),
    stop: () => task && stop.mutate(task.id, { onError: toastError }),
  };
}

function useLast<T>(value: T | null): T | null {
  const [last, setLast] = useState(value);
  if (value !== null && value !== last) setLast(value);
  return value ?? last;
}
