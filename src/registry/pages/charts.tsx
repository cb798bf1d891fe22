import { formatTime } from "../../base/time_text.ts";

const WIDTH = 640;
const HEIGHT = 170;
const LEFT = 52;
const BOTTOM = 24;
const TOP = 8;
const RIGHT = 12;

/** A value at a time, with the range around it where there is one. */
export interface Point {
  at: number;
  value: number;
  low?: number;
  high?: number;
  /** A dot of its own, in the colour of a failure. */
  is_bad?: boolean;
}

/**
 * Values over time as a line with ranges, from 0 up, oldest first. `label` says what it shows;
 * `text` writes a value.
 */
export function TimeChart(
  { label, points, text }: {
    label: string;
    points: readonly Point[];
    text: (value: number) => string;
  },
) {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return <p class="soft">Nothing yet.</p>;
  const top = Math.max(...points.map(({ value, high = value }) => high)) || 1;
  const span_ms = last.at - first.at;
  const x = (at: number) =>
    round(LEFT + (span_ms === 0 ? 0.5 : (at - first.at) / span_ms) * (WIDTH - LEFT - RIGHT));
  const y = (value: number) => round(HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - TOP));
  const line = points.map(({ at, value }) => `${x(at)},${y(value)}`).join(" ");
  return (
    <svg
      class="chart"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`${label}: ${text(last.value)} at ${formatTime(last.at)}`}
    >
      {[0, top / 2, top].map((value) => (
        <>
          <line class="axis" x1={LEFT} x2={WIDTH - RIGHT} y1={y(value)} y2={y(value)} />
          <text x={LEFT - 6} y={y(value) + 4} text-anchor="end">{text(value)}</text>
        </>
      ))}
      {points.map(({ at, low, high }) =>
        low === undefined || high === undefined
          ? null
          : <line class="range" x1={x(at)} x2={x(at)} y1={y(low)} y2={y(high)} />
      )}
      <polyline class="line" points={line} />
      {points.map(({ at, value, is_bad }) => (
        <circle class={is_bad ? "dot bad" : "dot"} cx={x(at)} cy={y(value)} r="3">
          <title>{`${text(value)} at ${formatTime(at)}`}</title>
        </circle>
      ))}
      <text x={LEFT} y={HEIGHT - 6}>{formatTime(first.at)}</text>
      {span_ms === 0
        ? null
        : <text x={WIDTH - RIGHT} y={HEIGHT - 6} text-anchor="end">{formatTime(last.at)}</text>}
    </svg>
  );
}

/** A part of a whole. */
export interface Share {
  name: string;
  count: number;
  tone: "good" | "bad" | "warn" | "soft";
}

/** How a whole divides, as one bar under its heading; `label` says it in words too. Nothing of nothing. */
export function ShareBar(
  { heading, label, shares }: { heading: string; label: string; shares: readonly Share[] },
) {
  const total = shares.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return null;
  let from = 0;
  return (
    <>
      <h3>{heading}</h3>
      <svg
        class="share"
        viewBox="0 0 100 1"
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        {shares.map(({ name, count, tone }) => {
          const x = from;
          from += 100 * count / total;
          return (
            <rect class={tone} x={round(x)} width={round(100 * count / total)} height="1">
              <title>{name}</title>
            </rect>
          );
        })}
      </svg>
    </>
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
