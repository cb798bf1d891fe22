import { HorizonError } from "../base/errors.ts";
import type { Identity } from "../base/identity.ts";
import { type Departure, seen } from "../market/market.ts";
import type { Intent, Moved } from "../protocol/intent.ts";
import type { Departures } from "./departures.ts";
import type { NodeIntents } from "./node_intents.ts";
import type { Sequencer } from "./sequencer.ts";

interface Deps {
  node: Identity;
  sequencer: Sequencer;
  departures: Departures;
}

/**
 * Before a GPU that comes from another home is sequenced: that home's feed says that its owner sent it
 * to this very registry, by the event and to the home that the intent names. Without its word
 * (`left_seq` null) only what the feed contradicts is refused. Throws `home_unknown` where the home isn't
 * followed, and `not_departed`.
 */
export function checkArrival(intent: Intent, { node, sequencer, departures }: Deps): void {
  if (intent.type !== "gpu.register" || intent.body.moved === undefined) return;
  if (seen(sequencer.state, intent.actor, intent.id) !== undefined) return;
  const { gpu_id, moved } = intent.body;
  const departure = departures.left(moved.from, gpu_id);
  if (departure === "unknown") {
    if (moved.left_seq === null) return;
    throw new HorizonError("home_unknown", `This registry does not follow ${moved.from}.`, {
      fix: `Have its operator connect to it first: horizon network connect ${moved.from}`,
      details: { from: moved.from },
    });
  }
  if (departure === null && moved.left_seq === null) return;
  const fault = departure === null ? "it has not left" : faultOf(departure, {
    to: node.id,
    owner: intent.actor,
    moved,
  });
  if (fault === null) return;
  throw new HorizonError("not_departed", `By the feed of ${moved.from}, ${gpu_id}: ${fault}.`, {
    fix: "Move it again, or wait until its old home's feed is here.",
    details: { from: moved.from },
  });
}

/** What an arrival says otherwise than the departure; null if nothing. */
function faultOf(
  departure: Departure,
  { to, owner, moved }: { to: string; owner: string; moved: Moved },
): string | null {
  if (departure.owner !== owner) return "another owner's GPU left";
  if (departure.to !== to) return `it left for ${departure.to}`;
  if (departure.home_epoch !== moved.home_epoch) return `it left for home ${departure.home_epoch}`;
  if (moved.left_seq !== null && departure.seq !== moved.left_seq) {
    return `it left by event ${departure.seq}`;
  }
  return null;
}

/** Refuses moves without a word from the old home, where that home has answered since and has the GPU. */
export async function refuseMoves(
  { sequencer, departures, nodeIntents }: Deps & { nodeIntents: NodeIntents },
): Promise<void> {
  const moving = sequencer.state.gpus.values().filter((gpu) => gpu.arrival !== null);
  for (const { gpu_id, owner, arrival } of [...moving]) {
    if (arrival === null) continue;
    if (!departures.keeps(arrival.from, gpu_id, owner, arrival.began_at)) continue;
    await nodeIntents.submit("gpu.move_refuse", { gpu_id, reason: "its old home still has it" });
  }
}
