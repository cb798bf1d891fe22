import * as z from "zod";
import { HorizonError } from "../base/errors.ts";
import type { Client, StreamedEvent } from "../client/client.ts";
import { AWAY_CODES } from "../protocol/codes.ts";
import { Verdict } from "../protocol/gpu.ts";
import { LIMITS } from "../protocol/limits.ts";
import { validate } from "../protocol/validate.ts";

/** How long a follower waits for a registry that went away. */
const PATIENCE_MS = 60_000;
/** Between two looks at a registry that is away, or whose stream ended early. */
const RETRY_MS = 500;

/** The verdict that a complaint came to. */
export interface Answered {
  verdict: Verdict;
  /** Whether the GPU stays on the market. */
  listed: boolean;
  /** The event that says so. */
  seq: number;
}

const Judgement = z.object({ verdict: Verdict, listed: z.boolean() });

/**
 * Waits for the verdict on a GPU that comes after its challenge, which an event with this seq and time
 * began. Survives a registry that restarts. Throws `challenge_lapsed` where none comes, `gpu_not_found`
 * for a GPU that goes away meanwhile, `interrupted`, and `network` and the like once the registry was
 * away for too long.
 */
export async function followChallenge(
  client: Client,
  gpu_id: string,
  challenged: { seq: number; at: number },
  signal: AbortSignal,
): Promise<Answered> {
  let after = challenged.seq;
  let heard_ms = performance.now();
  while (true) {
    try {
      for await (const event of client.events(after, signal)) {
        after = event.seq;
        heard_ms = performance.now();
        const answered = answerOf(event, gpu_id, challenged.at);
        if (answered !== null) return answered;
      }
    } catch (thrown) {
      const mayPass = thrown instanceof HorizonError && AWAY_CODES.has(thrown.code);
      if (!mayPass || performance.now() - heard_ms >= PATIENCE_MS) throw thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** What an event says of the complaint, if it is about it; by the market's time it can't come later. */
function answerOf(event: StreamedEvent, gpu_id: string, began_at: number): Answered | null {
  if (event.at > began_at + LIMITS.complaint_wait_ms) throw lapsed(gpu_id);
  if (event.data.gpu_id !== gpu_id) return null;
  switch (event.type) {
    case "gpu.judged": {
      const judged = validate(Judgement, event.data, `Event ${event.seq}`, "bad_gateway");
      return { ...judged, seq: event.seq };
    }
    case "gpu.challenge_lapsed":
      throw lapsed(gpu_id);
    case "gpu.deregistered":
    case "gpu.left":
    case "gpu.registered":
      throw new HorizonError("gpu_not_found", `${gpu_id} went away before it was judged.`, {
        fix: "Nothing was paid. See what there is: horizon list-gpus",
      });
    default:
      return null;
  }
}

function lapsed(gpu_id: string): HorizonError {
  return new HorizonError("challenge_lapsed", `${gpu_id} was not proven in time.`, {
    fix: "Nothing was paid. Its provider may be away: horizon explore " + gpu_id,
  });
}
