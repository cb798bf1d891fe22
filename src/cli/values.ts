import { FILTER_FIELDS } from "../protocol/filter_fields.ts";
import { HorizonError } from "../base/errors.ts";
import { MAX_PRICE_MICROS_PER_HOUR, parseDollars } from "../base/money.ts";
import { JOB_KINDS, JobKind } from "../protocol/job.ts";
import { LIMITS } from "../protocol/limits.ts";
import { ActorId, AuctionId, BidId, GpuId, JobId, LeaseId } from "../protocol/text.ts";
import { validate } from "../protocol/validate.ts";
import { didYouMean, shown } from "./args.ts";

const SECONDS_PER_HOUR = 3600;
const MS_PER_HOUR = 3_600_000;
const MS_PER_MINUTE = 60_000;

/** A GPU id from the command line. Throws `invalid_input`, as all of these do. */
export function readGpuId(text: string): string {
  return validate(GpuId, text, "The GPU id");
}

/** A lease id from the command line. */
export function readLeaseId(text: string): string {
  return validate(LeaseId, text, "The lease id");
}

/** A job id from the command line. */
export function readJobId(text: string): string {
  return validate(JobId, text, "The job id");
}

/** An auction id from the command line. */
export function readAuctionId(text: string): string {
  return validate(AuctionId, text, "The auction id");
}

/** A bid id from the command line. */
export function readBidId(text: string): string {
  return validate(BidId, text, "The bid id");
}

/** The id of a person or node from the command line. */
export function readActorId(text: string): string {
  return validate(ActorId, text, "The id");
}

/** One of a few words from the command line, such as an auction's "format". */
export function readOneOf<T extends string>(known: readonly T[], text: string, what: string): T {
  const word = known.find((candidate) => candidate === text);
  if (word !== undefined) return word;
  throw new HorizonError(
    "invalid_input",
    `There is no ${what} ${shown(text)}.${didYouMean(text, known)}`,
  );
}

/** A price an hour in micro-dollars, from decimal dollars. Throws `invalid_price`. */
export function readPrice(text: string, what: string): number {
  return parseDollars(text, what, MAX_PRICE_MICROS_PER_HOUR);
}

/** A duration in whole seconds, from decimal hours; a minute at least. */
export function readHours(text: string): number {
  const duration_s = Math.round(readDecimal(text) * SECONDS_PER_HOUR);
  if (duration_s >= LIMITS.duration_min_s && duration_s <= LIMITS.duration_max_s) return duration_s;
  const max_hours = LIMITS.duration_max_s / SECONDS_PER_HOUR;
  throw new HorizonError(
    "invalid_input",
    `The duration must be hours, from a minute (0.0167) to ${max_hours}, not ${shown(text)}.`,
  );
}

/** How long bidding stays open, in milliseconds, from decimal minutes. */
export function readTimeout(text: string): number {
  const timeout_ms = Math.round(readDecimal(text) * MS_PER_MINUTE);
  const { auction_timeout_min_ms: min_ms, auction_timeout_max_ms: max_ms } = LIMITS;
  if (timeout_ms >= min_ms && timeout_ms <= max_ms) return timeout_ms;
  throw new HorizonError(
    "invalid_input",
    `--timeout must be minutes, from a second (0.0167) to ${max_ms / MS_PER_MINUTE}, ` +
      `not ${shown(text)}.`,
  );
}

/** How long a bid may rest, in milliseconds, from decimal hours. */
export function readBidLife(text: string): number {
  const life_ms = Math.round(readDecimal(text) * MS_PER_HOUR);
  const max_ms = LIMITS.bid_life_max_ms;
  if (life_ms > 0 && life_ms <= max_ms) return life_ms;
  throw new HorizonError(
    "invalid_input",
    `--expires must be hours, up to ${max_ms / MS_PER_HOUR}, not ${shown(text)}.`,
  );
}

/** Milliseconds of each unit of a time ago. */
const AGO_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: MS_PER_MINUTE,
  h: MS_PER_HOUR,
  d: 24 * MS_PER_HOUR,
};

/** A time in milliseconds since the epoch: "10m" ago, or a date as ISO 8601 has it, in UTC unless it says. */
export function readSince(text: string, now_ms: number): number {
  const [, count, unit = ""] = /^(\d{1,9}(?:\.\d{1,3})?)([smhd])$/.exec(text) ?? [];
  const unit_ms = AGO_MS[unit];
  if (unit_ms !== undefined) return Math.max(0, Math.floor(now_ms - Number(count) * unit_ms));
  const [, day, time = "00:00", zone = "Z"] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(
      text,
    ) ?? [];
  const at_ms = Date.parse(`${day}T${time}${zone}`);
  if (at_ms >= 0) return at_ms;
  throw new HorizonError(
    "invalid_input",
    `--since must be a time ago, such as 30s, 10m, 2h or 1d, or a time such as ` +
      `2026-01-31T12:00:00Z, not ${shown(text)}.`,
  );
}

/** A plain decimal; NaN for any other text, which no range holds. */
function readDecimal(text: string): number {
  return /^\d{1,6}(\.\d{1,9})?$/.test(text) ? Number(text) : NaN;
}

/** Kinds of jobs, with commas between them. */
export function readKinds(text: string): JobKind[] {
  const kinds = text.split(",").map((word) => JobKind.safeParse(word.trim()));
  const known = kinds.flatMap(({ data }) => data === undefined ? [] : [data]);
  if (known.length === kinds.length && new Set(known).size === kinds.length) return known;
  throw new HorizonError(
    "invalid_input",
    `--kinds must be some of ${JOB_KINDS.join(",")}, not ${shown(text)}.`,
  );
}

/** A tolerance of a comparison. */
export function readTolerance(text: string, what: string): number {
  const value = /^\d*\.?\d+(e-?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (value >= 0 && value <= 1) return value;
  throw new HorizonError(
    "invalid_input",
    `${what} must be a number from 0 to 1, not ${shown(text)}.`,
  );
}

/** A job's place in its queue. */
export function readPriority(text: string): number {
  if (/^[0-9]$/.test(text)) return Number(text);
  throw new HorizonError("invalid_input", `--priority must be 0 to 9, not ${shown(text)}.`);
}

/** Names of fields of the filter language, with commas between. Throws `invalid_input`. */
export function readColumns(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) readOneOf(Object.keys(FILTER_FIELDS), name, "column");
  return names;
}
