import { HorizonError } from "./errors.ts";

/** Micro-dollars in a dollar. All money is an integer count of micro-dollars in a JS number. */
export const MICROS_PER_DOLLAR = 1_000_000;
/** Dearest price an hour, in micro-dollars: prices travel as u32. */
export const MAX_PRICE_MICROS_PER_HOUR = 0xffff_ffff;
/** Largest amount of one movement: a billion dollars, well inside the safe integers. */
export const MAX_AMOUNT_MICROS = 1_000_000_000 * MICROS_PER_DOLLAR;
const SECONDS_PER_HOUR = 3600n;

/**
 * Micro-dollars of a decimal dollar text such as "0.30": at most six decimals, no sign, no exponent.
 * Throws `invalid_price` naming `what`.
 */
export function parseDollars(
  text: string,
  what: string,
  max_micros = MAX_AMOUNT_MICROS,
): number {
  const match = /^(\d{1,15})(?:\.(\d{1,6}))?$/.exec(text.trim());
  if (!match) {
    throw new HorizonError(
      "invalid_price",
      `${what} is not an amount in dollars: ${clip(text)}`,
      {
        fix: "Give a plain decimal with at most six decimals, such as 0.30.",
      },
    );
  }
  const micros = Number(match[1]) * MICROS_PER_DOLLAR +
    Number((match[2] ?? "").padEnd(6, "0"));
  if (micros > max_micros) {
    throw new HorizonError(
      "invalid_price",
      `${what} is above the limit of ${formatDollars(max_micros)}: ${clip(text)}`,
    );
  }
  return micros;
}

/** "$0.30", "$1.000001": two decimals at least, six at most. */
export function formatDollars(micros: number): string {
  const sign = micros < 0 ? "-" : "";
  const abs = Math.abs(micros);
  const whole = Math.floor(abs / MICROS_PER_DOLLAR);
  const decimals = String(abs % MICROS_PER_DOLLAR).padStart(6, "0").replace(
    /0{1,4}$/,
    "",
  );
  return `${sign}$${whole}.${decimals}`;
}

/** What must be held for `seconds` at a price an hour: rounded up, in micro-dollars. */
export function holdMicros(
  price_micros_per_hour: number,
  seconds: number,
): number {
  const product = BigInt(price_micros_per_hour) * BigInt(seconds);
  return Number((product + SECONDS_PER_HOUR - 1n) / SECONDS_PER_HOUR);
}

/** What `seconds` of use cost at a price an hour: rounded down, so that the renter never overpays. */
export function costMicros(
  price_micros_per_hour: number,
  seconds: number,
): number {
  return Number(
    BigInt(price_micros_per_hour) * BigInt(seconds) / SECONDS_PER_HOUR,
  );
}

function clip(text: string): string {
  return JSON.stringify(text.length > 40 ? text.slice(0, 40) + "…" : text);
}
