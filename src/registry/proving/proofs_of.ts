import type { Json } from "../../base/json.ts";
import type { MarketState } from "../../market/market.ts";
import type { FeedEvent } from "../../protocol/feed.ts";
import type { ProofRecord } from "../../protocol/proof_record.ts";
import type { ArchivedProof } from "../../store/archive.ts";

/** The verdict in an event, as the archive keeps it; `state` is the one after the event. */
export function proofsOf(state: MarketState, event: FeedEvent): ArchivedProof[] {
  if (event.type !== "gpu.judged") return [];
  const { seq, at, data } = event;
  const { gpu_id, challenge_id, verdict, listed, answer_sha256 } = data;
  const owner = state.gpus.get(gpu_id)?.owner;
  if (owner === undefined) return [];
  const record: ProofRecord = {
    gpu_id,
    owner,
    challenge_id,
    seq,
    at,
    verdict,
    listed,
    reason: data.reason ?? null,
    answer_sha256,
    proof: data.proof ?? null,
  };
  return [{ gpu_id, seq, row: { ...record } as Json }];
}
