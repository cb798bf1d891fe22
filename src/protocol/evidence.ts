import { sha256Hex } from "../base/hash.ts";
import { canonicalJson } from "../base/json.ts";
import { GENESIS_PREV } from "./feed.ts";
import type { Evidence, SignedHead } from "./network.ts";
import { isSignedBy } from "./signed.ts";

/** The name of a piece of evidence: what it is about, whoever found it and however he words it. */
export function evidenceId({ kind, node, a, b }: Evidence): string {
  return sha256Hex(canonicalJson({ kind, node, a, b }));
}

/**
 * Why a piece of evidence proves nothing; null if it does. A `fork` is proven by itself. Of a
 * `transition` this shows that its node signed these events after `a`; that they don't follow shows
 * only who decides them again from the state at `a`.
 */
export async function objectionTo(evidence: Evidence): Promise<string | null> {
  const { kind, node, a, b, events } = evidence;
  for (const head of [a, b]) {
    if (head === null) continue;
    if (head.node !== node) return "a checkpoint is another node's";
    if (!await isSignedBy(head, node)) return "a checkpoint is not signed by its node";
  }
  if (kind === "transition") {
    // What seq an event says it has is its node's word, and may be the lie.
    return isChained(events, a?.hash ?? GENESIS_PREV, b.hash)
      ? null
      : "its events don't lead from one checkpoint to the other";
  }
  return a === null ? "a fork has two checkpoints" : objectionToFork(a, b, events);
}

function objectionToFork(
  a: SignedHead,
  b: SignedHead,
  events: readonly string[],
): string | null {
  if (a.epoch !== b.epoch) return "its checkpoints are of different epochs";
  if (a.seq > b.seq) return "its checkpoints are in the wrong order";
  if (a.seq === b.seq) return a.hash === b.hash ? "its checkpoints are the same" : null;
  const [first] = events;
  if (first === undefined || sha256Hex(first) === a.hash) return "its events don't pass by a";
  const start = { seq: a.seq, hash: sha256Hex(first) };
  if (seqOf(first) !== a.seq || !leadsTo(events.slice(1), start, b)) {
    return "its events don't lead to b";
  }
  return null;
}

/** Whether events are one hash chain from right after one head up to another. */
export function leadsTo(
  events: readonly string[],
  after: { seq: number; hash: string },
  to: { seq: number; hash: string },
): boolean {
  let { seq, hash } = after;
  for (const text of events) {
    if (seqOf(text) !== ++seq || prevOf(text) !== hash) return false;
    hash = sha256Hex(text);
  }
  return seq === to.seq && hash === to.hash;
}

/** Whether each event names the one before it, from right after one hash up to another. */
function isChained(events: readonly string[], after: string, to: string): boolean {
  let hash = after;
  for (const text of events) {
    if (prevOf(text) !== hash) return false;
    hash = sha256Hex(text);
  }
  return events.length > 0 && hash === to;
}

/** What a fork says, in words that name the event. */
export function forkMessage({ seq }: SignedHead): string {
  return `It has signed two events ${seq}.`;
}

/** The hash that an event says it follows; null for what is no event. */
export function prevOf(text: string): string | null {
  const prev = fieldOf(text, "prev");
  return typeof prev === "string" ? prev : null;
}

function seqOf(text: string): number | null {
  const seq = fieldOf(text, "seq");
  return typeof seq === "number" ? seq : null;
}

function fieldOf(text: string, key: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  } catch {
    return undefined;
  }
}
