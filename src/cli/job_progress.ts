import type { LogLine } from "../protocol/api.ts";
import { readMetric } from "../protocol/metrics.ts";

/** How far a job is, as its log says. */
export interface JobProgress {
  /** The share of the work that is done, 0 to 1; null where it isn't known. */
  share: number | null;
  /** The last figures by name. */
  values: ReadonlyMap<string, number>;
}

/** What a line of a log says of the progress; null for a line that says nothing of it. */
export function progressOf({ kind, text }: LogLine): JobProgress | null {
  if (kind === "progress") return { share: shareOf(text), values: new Map() };
  const point = kind === "metric" ? readMetric(text) : null;
  return point === null ? null : { share: point.done, values: point.values };
}

/** "42 %", "42 %  loss 0.1234", or nothing where nothing is known. */
export function progressText({ share, values }: JobProgress): string {
  const figures = [...values].map(([name, value]) => `${name} ${figureText(value)}`);
  const percent = share === null ? [] : [`${Math.floor(share * 100)} %`];
  return [...percent, ...figures].join("  ");
}

/** A figure in few characters: four digits that count. */
export function figureText(value: number): string {
  const plain = String(value);
  if (plain.length <= 7) return plain;
  const size = Math.abs(value);
  // A rounded number may be beyond the largest, so its text isn't read back.
  return size >= 1e-4 && size < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(3);
}

/** The share that a text such as "3/50" tells. */
function shareOf(text: string): number | null {
  const [, done, total] = /^(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  const share = Number(done) / Number(total);
  return share >= 0 && share <= 1 ? share : null;
}
