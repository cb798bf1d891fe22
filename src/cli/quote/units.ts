import { MICROS_PER_DOLLAR } from "../../base/money.ts";

/** Counts of units of work that prices are shown for, and how many millions each is. */
const COUNTS = [
  { label: "DISPATCH", millions: 1e-6 },
  { label: "1K", millions: 1e-3 },
  { label: "1M", millions: 1 },
  { label: "1G", millions: 1000 },
] as const;

/** A price below this, in micro-dollars, has too few digits to compare. */
const LEAST_MICROS = 100;
const DIGITS = 3;

/** A heading, and the price of as many units in dollars, of the price of a million in micro-dollars. */
export interface PricedUnit {
  label: string;
  format(micros_per_million: number): string;
}

/** The smallest count of units whose price, for the cheapest GPU, still has digits to compare. */
export function pricedUnit(cheapest_micros_per_million: number): PricedUnit {
  const enough = COUNTS.find(({ millions }) =>
    cheapest_micros_per_million * millions >= LEAST_MICROS
  );
  const { label, millions } = enough ?? COUNTS[3];
  return {
    label,
    format: (micros) => dollars(micros * millions / MICROS_PER_DOLLAR),
  };
}

const SCALES = [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]] as const;

/** "1.23 s", "45.6 ms", "789 µs": three digits. */
export function formatSeconds(seconds: number): string {
  // What rounds up to a thousand belongs to the next scale.
  const fits = ([unit_s]: readonly [number, string]) =>
    Number((seconds / unit_s).toPrecision(3)) >= 1;
  const [unit_s, name] = SCALES.find(fits) ?? SCALES[3];
  return `${digits(seconds / unit_s)} ${name}`;
}

/** Dollars with at least two decimals, and three digits that tell. */
function dollars(value: number): string {
  if (value >= 1) return `$${value.toFixed(2)}`;
  const zeros = value > 0 ? Math.max(0, -Math.floor(Math.log10(value)) - 1) : 0;
  return `$${value.toFixed(Math.min(12, zeros + DIGITS))}`;
}

function digits(value: number): string {
  const whole = Math.floor(value) === 0 ? 1 : String(Math.floor(value)).length;
  return value.toFixed(Math.max(0, DIGITS - whole));
}
