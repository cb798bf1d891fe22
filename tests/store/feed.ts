import { sha256Hex } from "../../src/base/hash.ts";
import { type Identity, identityOf } from "../../src/base/identity.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import type { Checkpoint, FeedEvent, Head } from "../../src/protocol/feed.ts";
import { EMPTY_HEAD } from "../../src/store/checkpoint.ts";

/** The node that signs the feeds of these tests. */
export const NODE: Identity = identityOf(new Uint8Array(32).fill(7));

/** A head signed by the node. */
export async function sign(head: Head): Promise<Checkpoint> {
  const body = { ...head, node: NODE.id, epoch: 1 };
  const sig = (await NODE.signAsync(canonicalBytes(body))).toBase64({ alphabet: "base64url" });
  return { ...body, sig };
}

/** The head after a record. */
export function headOf(seq: number, record: Uint8Array): Head {
  return { seq, hash: sha256Hex(record) };
}

/** An event whose data is padded by a number of characters, beyond ASCII if that is odd. */
export function eventAfter(head: Head, padding_chars: number): FeedEvent {
  const details = { padding: (padding_chars % 2 === 0 ? "e" : "é").repeat(padding_chars) };
  const seq = head.seq + 1;
  const data = { code: "busy", details };
  return { v: 1, seq, prev: head.hash, at: seq, type: "intent.rejected", data };
}

/** The bytes of `count` chained events after `head`, and the head after them. */
export function chainedRecords(
  count: number,
  head: Head = EMPTY_HEAD,
  paddingOf: (seq: number) => number = () => 10,
): { records: Uint8Array[]; head: Head } {
  const records: Uint8Array[] = [];
  let last = head;
  for (let i = 0; i < count; i++) {
    const record = canonicalBytes(eventAfter(last, paddingOf(last.seq + 1)));
    records.push(record);
    last = headOf(last.seq + 1, record);
  }
  return { records, head: last };
}
