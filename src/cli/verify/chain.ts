import { decodeBase64Url } from "@std/encoding/base64url";
import { HorizonError } from "../../base/errors.ts";
import { sha256Hex } from "../../base/hash.ts";
import { publicKeyOf } from "../../base/identity.ts";
import { canonicalBytes } from "../../base/json.ts";
import { verifySignature } from "../../base/signature.ts";
import type { Client } from "../../client/client.ts";
import type { FeedPage } from "../../protocol/api.ts";
import { LIMITS } from "../../protocol/limits.ts";

/** An event as a page of the feed holds it: JSON that nobody has checked yet. */
export type RawEvent = FeedPage["events"][number];

/** How far the chain was followed; without a hash before its first event. */
interface Place {
  seq: number;
  hash: string | null;
}

/**
 * Hands on a registry's events from one seq to its head, in order, and returns the head. All of them
 * lie on one hash chain that ends in a checkpoint which the node signed. There are none where the feed
 * doesn't reach that far. Throws `state_mismatch` where
 * the chain breaks, and what reading the feed throws. What was handed on counts only once it returns.
 */
export async function readChain(
  client: Client,
  first_seq: number,
  onEvent: (event: RawEvent) => void,
): Promise<FeedPage["checkpoint"]> {
  let last: Place = { seq: first_seq - 1, hash: null };
  while (true) {
    const { events, checkpoint } = await client.feed(client.node_id, {
      after: last.seq,
      limit: LIMITS.page_max,
    });
    for (const event of events) {
      last = follow(event, last);
      onEvent(event);
    }
    if (last.seq >= checkpoint.seq) {
      await checkHead(checkpoint, last, client.node_id);
      return checkpoint;
    }
    if (events.length === 0) throw broken(last.seq + 1, "it is not there");
  }
}

function follow(event: RawEvent, last: Place): Place {
  const seq = last.seq + 1;
  if (event.seq !== seq) throw broken(seq, `in its place lies event ${event.seq}`);
  if (last.hash !== null && event.prev !== last.hash) {
    throw broken(seq, `its prev is not the hash of event ${last.seq}`);
  }
  return { seq, hash: sha256Hex(canonicalBytes(event)) };
}

/** The head is that of the chain, if the chain reaches it at all, and the node signed it. */
async function checkHead(
  checkpoint: FeedPage["checkpoint"],
  last: Place,
  node_id: string,
): Promise<void> {
  const { sig, ...signed } = checkpoint;
  if (last.hash !== null && (last.seq !== signed.seq || last.hash !== signed.hash)) {
    throw broken(last.seq, "the signed head is another one");
  }
  const bytes = canonicalBytes(signed);
  const isValid = signed.node === node_id &&
    await verifySignature(node_id, publicKeyOf(node_id), decodeBase64Url(sig).slice(), bytes);
  if (!isValid) throw broken(signed.seq, "the head is not signed by the registry");
}

function broken(seq: number, why: string): HorizonError {
  return new HorizonError("state_mismatch", `The feed breaks at event ${seq}: ${why}.`, {
    fix: "The registry has changed its history, or somebody between you has.",
    details: { seq },
  });
}
