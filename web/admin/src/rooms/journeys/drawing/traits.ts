import type { NodeKind } from "@/api/types";
import type { IconName } from "@/ui";
import { saysMessage, type KindSchema } from "./shape";

/** What a kind does with people, told from what it says of itself. */
export type Trait = "entry" | "wait" | "branch" | "act" | "end";
export const TRAITS: readonly Trait[] = ["entry", "wait", "branch", "act", "end"];

export const schemaOf = (kind: NodeKind): KindSchema => kind.config_schema as KindSchema;

export const isSettable = (kind: NodeKind): boolean => Object.keys(schemaOf(kind).properties ?? {}).length > 0;

export function traitOf(kind: NodeKind): Trait {
  if (kind.entry) return "entry";
  if (kind.waits) return "wait";
  if (kind.ways.length === 1 || saysMessage(schemaOf(kind))) return "act";
  return kind.ways.length > 1 || isSettable(kind) ? "branch" : "end";
}

const ICONS: Readonly<Record<Trait, IconName>> = { entry: "arrow", wait: "clock", branch: "split", act: "check", end: "stop" };

export const iconOf = (kind: NodeKind | undefined): IconName => (!kind ? "info" : saysMessage(schemaOf(kind)) ? "campaigns" : ICONS[traitOf(kind)]);
