import { HorizonError } from "../base/errors.ts";
import type { Context } from "./context.ts";

/** What the command line has said of a plan in advance. */
export interface Said {
  yes: boolean;
  "dry-run": boolean;
}

/**
 * Shows a plan on stderr and asks [y/n] before money moves; true if it is to be done. `agreed` is true
 * where the command line has answered in other words than `--yes`: an explicit `--price` that says how
 * much. With `--dry-run` the plan is the answer. Throws `declined`, or `no_terminal` where nobody can
 * be asked.
 */
export async function confirm(
  ctx: Context,
  plan: string,
  said: Said,
  agreed = false,
): Promise<boolean> {
  if (said["dry-run"]) {
    ctx.out.result({ plan, done: false }, plan);
    return false;
  }
  if (said.yes || agreed) {
    ctx.out.note(plan);
    return true;
  }
  ctx.out.warn(plan);
  if (!ctx.io.stdin_is_terminal) {
    throw new HorizonError("no_terminal", "This needs a confirmation, and there is no terminal.", {
      fix: "Add --yes.",
    });
  }
  ctx.out.raw("Go on? [y/n] ");
  const answer = await Promise.race([ctx.io.readLine(), interruption(ctx.signal)]);
  if (answer !== null && /^y(es)?$/i.test(answer.trim())) return true;
  throw new HorizonError("declined", "Nothing was done.");
}

/** Rejects with `interrupted` when the signal aborts. */
function interruption(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new HorizonError("interrupted", "Interrupted; nothing was done."));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });
}
