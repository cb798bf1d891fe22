/** What a figure measured: medians of one run, ours and the rival's (or the limit). */
export interface Measured {
  ours: number;
  against: number;
  /** `ours / against`, or its inverse where the table names them the other way round. */
  ratio: number;
  /** Facts worth printing beside it, such as where the time goes. */
  note?: string;
}

/** A figure whose subject is missing here: no binary, no adapter. */
export interface Skipped {
  skipped: string;
}

/** One measured claim. Its file in bench/ exports it as `figure`. */
export interface Figure {
  group: "main" | "market" | "proof" | "jobs" | "network" | "faces";
  name: string;
  /** Unit of `ours` and `against`. */
  unit: string;
  /** What the ratio must keep; null where it is only reported. */
  aim: { op: "<=" | ">="; value: number } | null;
  measure(): Promise<Measured | Skipped>;
}

/** The middle value; of two middle ones, their mean. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN;
  return (lower + upper) / 2;
}

/**
 * Runs both sides in turn, `rounds` times after one warm-up each, so that the machine's drift hits
 * both, and returns the median of what each returned.
 */
export async function paired(
  rounds: number,
  ours: () => Promise<number> | number,
  against: () => Promise<number> | number,
): Promise<{ ours: number; against: number }> {
  await ours();
  await against();
  const a: number[] = [];
  const b: number[] = [];
  for (let round = 0; round < rounds; round++) {
    a.push(await ours());
    b.push(await against());
  }
  return { ours: median(a), against: median(b) };
}
