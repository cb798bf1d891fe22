import { assertEquals } from "@std/assert";
import { sha256Hex } from "../../src/base/hash.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import type { Client } from "../../src/client/client.ts";

/** What a registry acknowledged: the intent's hash, and the event that carries it. */
export type Acks = Map<string, number>;

/** Each acknowledged intent is in the feed, at the seq that its receipt named. */
export async function checkAcknowledged(operator: Client, acks: Acks): Promise<void> {
  const found = new Map<number, string>();
  for (let after = 0;;) {
    const page = await operator.feed(operator.node_id, { after, limit: 1_000 });
    for (const event of page.events) {
      found.set(Number(event["seq"]), intentHash(event));
      after = Number(event["seq"]);
    }
    if (page.events.length === 0 || after >= page.checkpoint.seq) break;
  }
  for (const [sha256, seq] of acks) assertEquals(found.get(seq), sha256, `event ${seq}`);
}

function intentHash(event: Record<string, unknown>): string {
  const envelope = event["intent"];
  if (typeof envelope !== "object" || envelope === null || !("intent" in envelope)) return "";
  return sha256Hex(canonicalBytes(envelope.intent));
}
