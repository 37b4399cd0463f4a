import { createContext, useContext, type ComponentType } from "react";
import type { Rule } from "@/api/rule";
import type { Journey, JourneyCounts, JourneyEvent, NodeKind } from "@/api/types";
import type { Said } from "../panel/said";
import type { Drawing, DrawnNode, Settings, WaysOf } from "../drawing/drawing";
import type { Chosen } from "./useChosen";

/** Parts of the panel that other rooms bring. */
export interface Slots {
  readonly Message: ComponentType<{ said: Said; limited: boolean; set: (change: Partial<Said>) => void }>;
  /** relation: "person", or "event:<type>" for what an event itself says. */
  readonly Rule: ComponentType<{ rule: Rule | null; relation: string; onRule: (rule: Rule | null) => void }>;
}

export interface Problem {
  readonly node: string;
  readonly message: string;
  readonly hint: string;
}

export type NodeCounts = JourneyCounts["nodes"][number];

/** What every part of the canvas page knows. */
export interface JourneyFacts {
  readonly slots: Slots;
  readonly journey: Pick<Journey, "id" | "state" | "published" | "changed" | "approval" | "review">;
  readonly kinds: readonly NodeKind[];
  readonly events: readonly JourneyEvent[];
  readonly drawing: Drawing;
  /** Nothing can be changed: without the right to it, or after the end. */
  readonly fixed: boolean;
  /** Change the drawing; typing: what is typed into, so that it is one step. */
  readonly draw: (make: (drawing: Drawing) => Drawing, typing?: string) => void;
  readonly setConfig: (key: string, config: Settings, typing?: string) => void;
  /** Put a new node behind another, or at a place; returns its key. */
  readonly place: (kind: string, at?: { readonly after?: string | null; readonly way?: string; readonly x?: number; readonly y?: number }) => void;
  readonly waysOf: WaysOf;
  readonly chosen: Chosen;
  readonly problems: readonly Problem[];
  readonly counts: ReadonlyMap<string, NodeCounts>;
  readonly titleOf: (node: DrawnNode) => string;
  readonly kindOf: (node: DrawnNode) => NodeKind | undefined;
}

export const JourneyContext = createContext<JourneyFacts | null>(null);

export function useFacts(): JourneyFacts {
  const facts = useContext(JourneyContext);
  if (!facts) throw new Error("useFacts outside of a journey");
  return facts;
}
