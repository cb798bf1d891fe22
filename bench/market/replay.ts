import { identityOf, newSecret } from "../../src/base/identity.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import type { Checkpoint, Head } from "../../src/protocol/feed.ts";
import { emptyState, evolve } from "../../src/market/market.ts";
import { EMPTY_HEAD } from "../../src/store/checkpoint.ts";
import { GroupCommitter } from "../../src/store/committer.ts";
import { Journal } from "../../src/store/journal.ts";
import { replay } from "../../src/store/replay.ts";
import { openJournalFile } from "../../src/store/store.ts";
import { type Figure, paired } from "../figure.ts";
import { marketFeed } from "../market_feed.ts";

const EVENTS = 200_000;
/** Events of one commit, as 64 clients make them. */
const COMMIT_EVENTS = 64;
const ROUNDS = 5;

const node = identityOf(newSecret());
const decoder = new TextDecoder();

/**
 * Writes the feed to a journal, and returns the bytes of its events: views into one buffer, for hundreds
 * of thousands of small ones would slow the collector down for both sides.
 */
async function write(path: string): Promise<Uint8Array[]> {
  const kv = await openJournalFile(path);
  try {
    const committer = new GroupCommitter(await Journal.open(kv), sign);
    const all: Uint8Array[] = [];
    let group: Uint8Array[] = [];
    for (const { bytes, head } of marketFeed()) {
      group.push(bytes);
      all.push(bytes);
      if (group.length < COMMIT_EVENTS && all.length < EVENTS) continue;
      await committer.submit(group, head);
      group = [];
      if (all.length === EVENTS) break;
    }
    return packed(all);
  } finally {
    kv.close();
  }
}

function packed(all: readonly Uint8Array[]): Uint8Array[] {
  const buffer = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  return all.map((bytes) => {
    buffer.set(bytes, offset);
    return buffer.subarray(offset, offset += bytes.length);
  });
}

async function sign(head: Head): Promise<Checkpoint> {
  const body = { ...head, node: node.id, epoch: 1 };
  const sig = await node.signAsync(canonicalBytes(body));
  return { ...body, sig: sig.toBase64({ alphabet: "base64url" }) };
}

/** Events a second from an open journal file to the state of the market. */
async function replayed(path: string): Promise<number> {
  const kv = await openJournalFile(path);
  const started = performance.now();
  try {
    const state = emptyState();
    await replay(await Journal.open(kv), EMPTY_HEAD, (event) => evolve(state, event));
    return EVENTS * 1_000 / (performance.now() - started);
  } finally {
    kv.close();
  }
}

/** Events a second of JSON.parse alone, from bytes in memory. */
function parsed(all: readonly Uint8Array[]): number {
  const started = performance.now();
  for (const bytes of all) JSON.parse(decoder.decode(bytes));
  return EVENTS * 1_000 / (performance.now() - started);
}

export const figure: Figure = {
  group: "market",
  name: "replay of 200,000 events from disk / JSON.parse of the same bytes",
  unit: "events/s",
  aim: { op: ">=", value: 0.3 },
  async measure() {
    const folder = await Deno.makeTempDir({ prefix: "horizon-bench-" });
    try {
      const path = `${folder}/journal.kv`;
      const all = await write(path);
      const { ours, against } = await paired(ROUNDS, () => replayed(path), () => parsed(all));
      return { ours, against, ratio: ours / against };
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
};
