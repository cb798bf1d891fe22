import { HorizonError } from "../base/errors.ts";
import { MAX_PRICE_MICROS_PER_HOUR, parseDollars } from "../base/money.ts";
import { LIMITS } from "../protocol/limits.ts";
import { ActorId, GpuId, JobId, LeaseId } from "../protocol/text.ts";
import { validate } from "../protocol/validate.ts";
import { shown } from "./args.ts";

const SECONDS_PER_HOUR = 3600;

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

/** The id of a person or node from the command line. */
export function readActorId(text: string): string {
  return validate(ActorId, text, "The id");
}

/** A price an hour in micro-dollars, from decimal dollars. Throws `invalid_price`. */
export function readPrice(text: string, what: string): number {
  return parseDollars(text, what, MAX_PRICE_MICROS_PER_HOUR);
}

/** A duration in whole seconds, from decimal hours; a minute at least. */
export function readHours(text: string): number {
  const hours = /^\d{1,6}(\.\d{1,9})?$/.test(text) ? Number(text) : NaN;
  const duration_s = Math.round(hours * SECONDS_PER_HOUR);
  if (duration_s >= LIMITS.duration_min_s && duration_s <= LIMITS.duration_max_s) return duration_s;
  const max_hours = LIMITS.duration_max_s / SECONDS_PER_HOUR;
  throw new HorizonError(
    "invalid_input",
    `The duration must be hours, from a minute (0.0167) to ${max_hours}, not ${shown(text)}.`,
  );
}
