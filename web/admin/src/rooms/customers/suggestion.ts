const LEVELS = ["same", "alike", "different", "missing"] as const;
type Level = (typeof LEVELS)[number];

export interface Suggestion {
  readonly probability: number;
  readonly fields: readonly { readonly field: string; readonly level: Level }[];
}

/** Read "probable 0.953: name same; birthday alike"; null when a reason is none of a suggestion. */
export function readSuggestion(reason: string): Suggestion | null {
  const [, probability, said] = /^probable ([\d.]+): (.+)$/.exec(reason) ?? [];
  if (!probability || !said) return null;
  const fields = said.split("; ").flatMap((text) => {
    const level = LEVELS.find((one) => text.endsWith(` ${one}`));
    return level ? [{ field: text.slice(0, -level.length - 1), level }] : [];
  });
  return { probability: Number(probability), fields };
}
