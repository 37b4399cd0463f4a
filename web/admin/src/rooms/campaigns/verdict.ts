/** What an interval allows to be said. */
export type Side = "none" | "up" | "down";

export function sideOf(low: number, high: number): Side {
  if (low > 0) return "up";
  if (high < 0) return "down";
  return "none";
}

export type Verdict = "nobody" | "ratio" | "early" | Side;

interface Seen {
  readonly held_out: number;
  readonly complete: boolean;
  readonly lift?: { readonly low_bp: number; readonly high_bp: number } | null;
  readonly sample_ratio?: { readonly ok: boolean } | null;
}

/** The plain conclusion, most doubtful first: a broken split or an open window outweighs any interval. */
export function verdictOf(result: Seen): Verdict {
  if (result.held_out === 0 || !result.lift) return "nobody";
  if (result.sample_ratio && !result.sample_ratio.ok) return "ratio";
  if (!result.complete) return "early";
  return sideOf(result.lift.low_bp, result.lift.high_bp);
}
