import { HorizonError } from "../base/errors.ts";

/** The record of an id that an event or a deadline names. Throws `state_mismatch`. */
export function recordOf<T>(records: ReadonlyMap<string, T>, id: string): T {
  const record = records.get(id);
  if (record === undefined) throw mismatch(`there is no ${id}`);
  return record;
}

/** An event that can't follow on the state. */
export function mismatch(what: string): HorizonError {
  return new HorizonError("state_mismatch", `The event does not fit the state: ${what}.`);
}
