import { HorizonError } from "../base/errors.ts";
import {
  deserialize,
  emptyState,
  type MarketState,
  Redecider,
  serialize,
  type SignedEvent,
} from "../market/market.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { Evidence } from "../protocol/network.ts";
import { EMPTY_HEAD } from "../store/checkpoint.ts";
import type { Replica, SignatureChecks } from "./replica.ts";

/**
 * What is wrong with events that their node has signed (`objectionTo` has shown that), decided again
 * from the state before them; null where they follow, or where this registry has no such state: it
 * finds out by itself when it gets there.
 */
export async function falseStep(
  { node, a, b, events }: Evidence,
  replica: Replica | undefined,
  checks: SignatureChecks,
): Promise<string | null> {
  const state = a === null ? emptyState() : stateAt(a.hash, replica);
  if (state === null) return null;
  const redecider = new Redecider(node, state, a ?? EMPTY_HEAD);
  let signed: SignedEvent[];
  try {
    signed = redecider.take(events);
  } catch (thrown) {
    if (thrown instanceof HorizonError && thrown.code === "feed_false") {
      return thrown.message.slice(0, LIMITS.text_chars);
    }
    return null;
  }
  const { head, isWhole } = redecider;
  if (!isWhole || head.seq !== b.seq || head.hash !== b.hash || b.epoch < (a?.epoch ?? 0)) {
    return `The commit up to event ${b.seq} is false: the checkpoint is not that of its events.`;
  }
  const verdicts = await checks.verify(
    signed.map(({ actor, sig, bytes }) => ({ actor, sig, bytes })),
  );
  const bad = signed.find((_, i) => verdicts[i] !== "valid");
  return bad === undefined ? null : `Event ${bad.seq}: its intent is not signed by its actor.`;
}

/** A copy of the replica's state, if it is durable up to there and no further. */
function stateAt(hash: string, replica: Replica | undefined): MarketState | null {
  const head = replica?.head ?? null;
  if (replica === undefined || head?.hash !== hash || replica.taken_seq !== head.seq) return null;
  return deserialize(serialize(replica.state));
}
