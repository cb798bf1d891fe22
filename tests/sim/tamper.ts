import { encodeBase64Url } from "@std/encoding/base64url";
import { sha256Hex } from "../../src/base/hash.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import type { Head } from "../../src/protocol/feed.ts";
import { placeEvent } from "../../src/protocol/event_text.ts";
import { Journal } from "../../src/store/journal.ts";
import { KEYS } from "../../src/store/keys.ts";
import { JOURNAL_FILE } from "../../src/store/layout.ts";
import type { Host } from "./host.ts";
import { SimKv } from "./kv.ts";
import type { FinalFeed } from "./outcome.ts";
import type { Run } from "./run.ts";

/** How long a restarted registry gets to come up, and its peers to notice. */
const PATIENCE_MS = 60_000;

function kvOf({ disk }: Run, { folder }: Host) {
  return disk.kv(`${folder}/${JOURNAL_FILE}`);
}

function openJournal(run: Run, host: Host): Promise<Journal> {
  return Journal.open(new SimKv(kvOf(run, host), run.world));
}

/** The last commits of a dead host's journal were never on its disk, though it said so. */
export async function loseCommits(run: Run, host: Host, count: number): Promise<void> {
  const kv = kvOf(run, host);
  const batches = await Array.fromAsync((await openJournal(run, host)).batches(0));
  const last = batches.at(-1 - count);
  for (const { first_seq } of batches.slice(-count)) {
    for (const { key } of kv.range({ prefix: KEYS.feedBatch(first_seq) })) {
      kv.tamper(key, undefined);
    }
  }
  kv.tamper(KEYS.head(), last === undefined ? undefined : canonicalBytes(last.checkpoint));
}

/** A dead host's operator gives an actor money that nobody issued, and signs for it. */
export async function forgeDeposit(run: Run, host: Host, to: string): Promise<void> {
  const { node } = host;
  const journal = await openJournal(run, host);
  const { head } = journal;
  if (node === null || head === null) throw new Error(`${host.name} has no feed`);
  const data = { to, amount_micros: 5_000_000, reason: "operator" } as const;
  const { bytes, head: next } = placeEvent(
    { type: "wallet.deposited", data },
    head,
    host.process.now(),
    null,
  );
  const unsigned = { ...next, node: node.id, epoch: journal.epoch };
  const sig = encodeBase64Url(await node.signAsync(canonicalBytes(unsigned)));
  const commit = journal.append([bytes], { ...unsigned, sig });
  await passTime(run, 1_000);
  await commit;
}

/** Starts a dead host, and lets all of them settle. */
export async function revive(run: Run, host: Host): Promise<void> {
  void host.start();
  await passTime(run, PATIENCE_MS);
}

/** Lets virtual time go by. */
async function passTime({ world }: Run, ms: number): Promise<void> {
  await world.runUntil(() => false, world.now_ms + ms);
}

/** A feed with a change in one event, and the chain made good again behind it. */
export function rewritten(feed: FinalFeed, seq: number, change: (text: string) => string): void {
  let prev: string | null = null;
  for (let i = seq - 1; i < feed.texts.length; i++) {
    const before = feed.texts[i] ?? "";
    const chained: string = prev === null ? before : before.replace(
      /"prev":"[0-9a-f]{64}"/,
      `"prev":"${prev}"`,
    );
    const text: string = i === seq - 1 ? change(chained) : chained;
    feed.texts[i] = text;
    feed.events[i] = JSON.parse(text);
    prev = sha256Hex(text);
  }
  const head: Head = { seq: feed.texts.length, hash: prev ?? "" };
  if (feed.head !== null) feed.head = { ...feed.head, ...head };
}

/** The first event of a type in any of the feeds. */
export function firstOf(feeds: readonly FinalFeed[], type: string): [FinalFeed, number] {
  for (const feed of feeds) {
    const event = feed.events.find((event) => event.type === type);
    if (event !== undefined) return [feed, event.seq];
  }
  throw new Error(`no feed of this run has an event ${type}`);
}
