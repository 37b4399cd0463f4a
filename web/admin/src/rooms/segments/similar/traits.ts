import type { Lookalike } from "@/api/types";

export type Trait = Lookalike["model"][number];

/** A trait that few have says nothing to anybody; what seeds lack must be common elsewhere to be told. */
const WORTH_TELLING = 0.01;
const COMMON = 0.03;

/** Of one feature a few values tell enough; the rest would crowd out what else is known. */
function several(traits: readonly Trait[], ofOneFeature: number, most: number): Trait[] {
  const taken = new Map<string, number>();
  const kept = traits.filter(({ feature }) => {
    const before = taken.get(feature) ?? 0;
    taken.set(feature, before + 1);
    return before < ofOneFeature;
  });
  return kept.slice(0, most);
}

/** The traits that weigh most for being alike, then those that weigh most against it. */
export function telling(model: readonly Trait[], most: number, least: number): { readonly more: Trait[]; readonly less: Trait[] } {
  const known = model.filter((trait) => trait.value !== "*" && Math.max(trait.seed_share, trait.share) >= WORTH_TELLING);
  const byWeight = [...known].sort((a, b) => b.weight - a.weight);
  return {
    more: several(byWeight.filter((trait) => trait.weight > 0 && trait.lift > 1), 3, most),
    less: several(byWeight.filter((trait) => trait.weight < 0 && trait.lift < 1 && trait.share >= COMMON).reverse(), 1, least),
  };
}

export type Unit = "unitTimes" | "unitOrders" | "unitDays" | "unitMonth";

/** What the number of a feature counts; texts and money have none. */
export function unitOf(feature: string): Unit | null {
  if (feature === "purchase_number") return "unitTimes";
  if (feature.startsWith("orders_")) return "unitOrders";
  if (feature.startsWith("since_")) return "unitDays";
  return feature === "birth_month" ? "unitMonth" : null;
}

export const isMoney = (feature: string) => feature.startsWith("net_fen") || feature === "order_fen";

/** Ratios over ten are read at a glance, not to the decimal. */
export const ratio = (lift: number) => (lift >= 10 || lift < 0.05 ? lift.toFixed(0) : lift.toFixed(1));
