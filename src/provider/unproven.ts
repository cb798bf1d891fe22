import { HorizonError } from "../base/errors.ts";
import { AWAY_CODES } from "../protocol/codes.ts";

/** What ended the proof of a GPU that is registered already: how to go on once its registry is back. */
export function unproven(thrown: unknown, gpu_id: string): unknown {
  if (!(thrown instanceof HorizonError) || !AWAY_CODES.has(thrown.code)) return thrown;
  const { code, message, fix, details = {} } = thrown;
  const again = `${gpu_id} is registered and not proven yet: run register-gpu again when the ` +
    "registry is back.";
  return new HorizonError(code, message, {
    fix: fix === undefined ? again : `${fix}\n${again}`,
    details,
    cause: thrown,
  });
}
