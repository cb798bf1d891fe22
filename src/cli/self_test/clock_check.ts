import type { Clock } from "../../base/clock.ts";
import { fetchNode } from "../../client/client.ts";
import type { Transport } from "../../client/transport.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { transportTo } from "../connect.ts";
import type { Context } from "../context.ts";
import { type Check, fail, type Finding, pass, warn } from "./check.ts";
import { askingRegistry } from "./registry.ts";

/** Questions; the fastest answer says most. */
const QUESTIONS = 3;
/** Beyond it a clock isn't set by the network, and drifts on. */
const GOOD_OFFSET_MS = 5_000;
const TIMEOUT_MS = 15_000;
const REMEDY = "Set the clock by the network: sudo timedatectl set-ntp true (Linux).";

/** What a registry's clock says of this machine's. */
export interface Offset {
  /** How far this machine is ahead of the registry. */
  offset_ms: number;
  /** How far the truth may lie from that: half of the round trip. */
  error_ms: number;
}

/** Compares this machine's clock with the registry's. */
export function clockChecks(ctx: Context): Check[] {
  return [{
    id: "clock",
    purpose: "sign intents that the registry takes for neither old nor early",
    required: `within ${LIMITS.clock_skew_ms / 60_000} minutes of the registry's clock`,
    remedy: "The registry must answer first: see registry_health.",
    timeout_ms: TIMEOUT_MS,
    run: askingRegistry(ctx, async (url, signal) => {
      const transport = await transportTo(ctx, url.href);
      try {
        return judgeOffset(await measureOffset(transport, ctx.io.clock, signal));
      } finally {
        transport.close();
      }
    }),
  }];
}

/** The offset by the fastest of some answers. Throws what asking throws. */
async function measureOffset(
  transport: Transport,
  clock: Clock,
  signal: AbortSignal,
): Promise<Offset> {
  let best: Offset | undefined;
  for (let i = 0; i < QUESTIONS; i++) {
    const start_ms = clock.monotonic();
    const sent_at = clock.now();
    const { now } = await fetchNode(transport, { signal });
    const error_ms = (clock.monotonic() - start_ms) / 2;
    const offset_ms = sent_at + error_ms - now;
    if (best === undefined || error_ms < best.error_ms) best = { offset_ms, error_ms };
  }
  if (best === undefined) throw new Error("nothing was asked");
  return best;
}

/** Only what is beyond doubt counts against a clock. */
export function judgeOffset({ offset_ms, error_ms }: Offset): Finding {
  const surely_ms = Math.abs(offset_ms) - error_ms;
  const way = offset_ms >= 0 ? "ahead" : "behind";
  const actual = `${Math.round(Math.abs(offset_ms))} ms ${way}, give or take ` +
    `${Math.ceil(error_ms)} ms`;
  if (surely_ms > LIMITS.clock_skew_ms) return fail(actual, REMEDY);
  return surely_ms > GOOD_OFFSET_MS ? warn(actual, REMEDY) : pass(actual);
}
