import { encodeBase64Url } from "@std/encoding/base64url";
import { HorizonError } from "../base/errors.ts";
import type { Identity } from "../base/identity.ts";
import { canonicalBytes } from "../base/json.ts";
import { deserialize, emptyState, evolve, type MarketState } from "../market/market.ts";
import type { Checkpoint, Head } from "../protocol/feed.ts";
import { EMPTY_HEAD } from "../store/checkpoint.ts";
import type { GroupCommitter } from "../store/committer.ts";
import { replay } from "../store/replay.ts";
import type { Store } from "../store/store.ts";
import type { Projector } from "./projector.ts";
import type { RegistryLog } from "./registry_log.ts";
import type { Loaded } from "./sequencer.ts";

/** What loading needs. */
export interface LoadDeps {
  store: Store;
  node: Identity;
  projector: Projector;
  log: RegistryLog;
  /** True if this process is the one that commits in that epoch. */
  commitsIn(epoch: number): boolean;
}

/**
 * The state of the folder: the newest whole snapshot, and the events after it, whose chain is
 * checked. Throws `data_corrupt` with the place, and `state_mismatch`; half a state is never given.
 */
export async function loadState(deps: LoadDeps): Promise<Loaded> {
  const { store, node, projector } = deps;
  await store.journal.reload();
  projector.reset();
  const start = await startOf(deps);
  const { state } = start;
  const head = await replay(store.journal, start.head, (event) => {
    const effects = evolve(state, event);
    projector.note(state, event, effects);
  });
  if (state.seq > 0) checkNode(store, node.id, state.node);
  const committer = deps.commitsIn(store.journal.epoch) ? newCommitter(store, node) : null;
  return { state, head, committer, snapshot_seq: start.head.seq };
}

/** What writes after the journal's head, in the journal's epoch, signed by the node. */
export function newCommitter(store: Store, node: Identity): GroupCommitter {
  return store.committer((last) => signHead(last, node, store.journal.epoch));
}

/** Throws unless the registry's key is the one that its feed began with. */
export function checkNode(store: Store, key: string, feed: string): void {
  if (key === feed) return;
  const details = { key, feed };
  if (store.lease !== null) {
    throw new HorizonError("key_mismatch", "The shared store is that of another node key.", {
      fix: "Give every process of the registry the same key: serve --node-key <file>.",
      details,
    });
  }
  throw new HorizonError("data_corrupt", "The data folder's key is not that of its feed.", {
    fix: "Put the folder's own node.key back.",
    details,
  });
}

async function startOf(
  { store, log }: LoadDeps,
): Promise<{ state: MarketState; head: Head }> {
  const { snapshot, damaged } = await store.snapshots.latest();
  for (const error of damaged) log.failure("reading a snapshot", error);
  // What the archive still lacks comes from the events alone, so they must be seen again.
  const lacks = snapshot !== null && snapshot.head.seq > store.archive.watermark_seq;
  if (snapshot === null || lacks) return { state: emptyState(), head: EMPTY_HEAD };
  return { state: deserialize(snapshot.state), head: snapshot.head };
}

async function signHead(head: Head, node: Identity, epoch: number): Promise<Checkpoint> {
  const unsigned = { seq: head.seq, hash: head.hash, node: node.id, epoch };
  return { ...unsigned, sig: encodeBase64Url(await node.signAsync(canonicalBytes(unsigned))) };
}
