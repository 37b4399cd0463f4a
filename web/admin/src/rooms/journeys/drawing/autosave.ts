import { useEffect, useRef, useState } from "react";
import type { Journey } from "@/api/types";
import { saveJourney } from "../queries";
import type { Drawing } from "./drawing";

const REST_MS = 700;

export interface Saving {
  readonly state: "saved" | "unsaved" | "saving" | "failed";
  /** When it was last known to be kept; null: as it was opened. */
  readonly at: Date | null;
  readonly error: unknown;
  readonly retry: () => void;
}

interface Kept {
  readonly name: string;
  readonly drawing: Drawing;
}

/** Keep what is drawn as soon as the hand rests. One save at a time, so that the last one wins. */
export function useAutosave(id: number, now: Kept, enabled: boolean, onSaved: (journey: Journey) => void): Saving {
  const [kept, setKept] = useState(now);
  const [at, setAt] = useState<Date | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [tries, setTries] = useState(0);
  const dirty = enabled && (kept.drawing !== now.drawing || kept.name !== now.name);
  const latest = useRef({ now, dirty, onSaved });
  useEffect(() => {
    latest.current = { now, dirty, onSaved };
  });
  useEffect(() => {
    if (!dirty || busy) return undefined;
    const timer = window.setTimeout(() => {
      const { now: saved } = latest.current;
      setBusy(true);
      saveJourney(id, bodyOf(saved))
        .then((journey) => {
          setKept(saved);
          setAt(new Date());
          setError(null);
          latest.current.onSaved(journey);
        })
        .catch(setError)
        .finally(() => setBusy(false));
    }, REST_MS);
    return () => window.clearTimeout(timer);
    // After a failure it is tried again with the next change, or when somebody asks.
  }, [id, now.drawing, now.name, dirty, busy, tries]);
  useEffect(() => {
    const leaving = (event: BeforeUnloadEvent) => latest.current.dirty && event.preventDefault();
    window.addEventListener("beforeunload", leaving);
    return () => {
      window.removeEventListener("beforeunload", leaving);
      // Somebody goes on to another page before the hand has rested.
      const { now: last, dirty: unsaved } = latest.current;
      if (unsaved) void saveJourney(id, bodyOf(last)).catch(() => undefined);
    };
  }, [id]);
  const state = busy ? "saving" : error && dirty ? "failed" : dirty ? "unsaved" : "saved";
  return { state, at, error, retry: () => setTries((before) => before + 1) };
}

export function bodyOf({ name, drawing }: Kept) {
  return {
    name: name.trim(),
    graph: { nodes: drawing.nodes.map((node) => ({ ...node, config: { ...node.config } })), edges: [...drawing.edges], settings: { ...drawing.settings } },
  };
}
