import type { ComponentType } from "react";
import type { SaidIn } from "@/api/types";
import type { Draft } from "./draft";

type Texts = Pick<Draft, "title" | "body" | "link">;

/** Parts of the form that the room that sends brings. */
export interface Slots {
  readonly Texts: ComponentType<{ texts: Texts; set: (change: Partial<Texts>) => void; wrong: boolean }>;
  readonly Reach: ComponentType<{ segment: number; channel: string; messages: number; days: number }>;
  readonly Preview: ComponentType<{ said: SaidIn | null }>;
}
