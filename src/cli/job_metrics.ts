import type { Client } from "../client/client.ts";
import { readMetric } from "../protocol/metrics.ts";
import { allLines } from "../client/follow_job.ts";
import { figureText } from "./job_progress.ts";
import type { Output } from "./output.ts";
import { plot, type PlotPoint } from "./plot.ts";

/** Figures that a job reported at one time (milliseconds since the epoch), by name. */
export interface RecordedMetrics {
  at: number;
  done: number;
  values: Record<string, number>;
}

const PLOT_ROWS = 8;
const MIN_COLUMNS = 24;
const MAX_COLUMNS = 100;

/** All that a job has reported, in order; a line that can't be read is passed over. */
export async function recordedMetrics(client: Client, job_id: string): Promise<RecordedMetrics[]> {
  const recorded: RecordedMetrics[] = [];
  for await (const { at, text } of allLines(client, job_id, { kinds: ["metric"] })) {
    const point = readMetric(text);
    if (point === null) continue;
    recorded.push({ at, done: point.done, values: Object.fromEntries(point.values) });
  }
  return recorded;
}

/** A chart of each figure, one below the other, with its last value; "" where there are none. */
export function metricCharts(recorded: readonly RecordedMetrics[], out: Output): string {
  const curves = new Map<string, PlotPoint[]>();
  for (const { done, values } of recorded) {
    for (const [name, y] of Object.entries(values)) {
      const points = curves.get(name) ?? [];
      points.push({ x: done * 100, y });
      curves.set(name, points);
    }
  }
  const columns = Math.min(Math.max(out.columns, MIN_COLUMNS), MAX_COLUMNS);
  return [...curves].map(([name, points]) => {
    const dones = points.map(({ x }) => x);
    const ends = [percent(Math.min, dones), percent(Math.max, dones)] as const;
    const chart = plot(points, { columns, rows: PLOT_ROWS, unicode: out.unicode, ends });
    return `${name}  ${figureText(points.at(-1)?.y ?? 0)}\n${chart}`;
  }).join("\n");
}

function percent(choose: (a: number, b: number) => number, dones: readonly number[]): string {
  return `${Math.floor(dones.reduce((a, b) => choose(a, b)))} %`;
}
