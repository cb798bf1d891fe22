import type { Clock } from "../base/clock.ts";
import { HorizonError } from "../base/errors.ts";
import type { Identity } from "../base/identity.ts";
import { fetchNode } from "../client/client.ts";
import { PeerClient } from "../client/peer_client.ts";
import { leadsTo, prevOf } from "../protocol/evidence.ts";
import type { FeedBatch } from "../protocol/feed_lines.ts";
import { LIMITS } from "../protocol/limits.ts";
import { isSignedBy } from "../protocol/signed.ts";
import { EMPTY_HEAD } from "../store/checkpoint.ts";
import type { Journal } from "../store/journal.ts";
import type { Dial } from "./dial.ts";
import type { PeerEntry } from "./files.ts";

export interface RecoverOptions {
  node: Identity;
  journal: Journal;
  peers: readonly PeerEntry[];
  dial: Dial;
  clock: Clock;
  /** Told of a peer that can't be asked. */
  onFailure(what: string, thrown: unknown): void;
}

const encoder = new TextEncoder();

/**
 * Fetches back what peers hold of this registry's own feed beyond its journal, before it decides
 * anything: a disk that lost its last commits must not make a liar of it (DESIGN §7). How many events
 * there were. Throws `fork_found` where a peer holds other events of the same epoch than the journal.
 */
export async function recoverOwnFeed(options: RecoverOptions): Promise<number> {
  const before = (options.journal.head ?? EMPTY_HEAD).seq;
  const reached = await Promise.all(options.peers.map((entry) => reach(entry, options)));
  for (const one of reached) {
    if (one === null) continue;
    try {
      await recoverFrom(one.client, options);
    } catch (thrown) {
      if (thrown instanceof HorizonError && thrown.code === "fork_found") throw thrown;
      options.onFailure("fetching its own feed back from a peer", thrown);
    } finally {
      one.close();
    }
  }
  return (options.journal.head ?? EMPTY_HEAD).seq - before;
}

async function reach(
  { node_id, url, record }: PeerEntry,
  { node, dial, clock, onFailure }: RecoverOptions,
): Promise<{ client: PeerClient; close(): void } | null> {
  const first = url ?? record?.urls[0];
  if (first === undefined) return null;
  try {
    const transport = await dial(first);
    const answered = await fetchNode(transport, { timeout_ms: LIMITS.home_timeout_ms }).catch(
      (thrown) => {
        transport.close();
        throw thrown;
      },
    );
    const client = new PeerClient({ transport, identity: node, node_id, clock });
    if (answered.node_id === node_id) return { client, close: () => transport.close() };
    transport.close();
    throw new HorizonError("wrong_node", `At ${first} answers ${answered.node_id}.`);
  } catch (thrown) {
    onFailure("reaching a peer", thrown);
    return null;
  }
}

async function recoverFrom(client: PeerClient, options: RecoverOptions): Promise<void> {
  const { journal, node } = options;
  for (;;) {
    const after = (journal.head ?? EMPTY_HEAD).seq;
    let goesOn = true;
    const count = await client.pull(node.id, after, async (batch) => {
      goesOn = await append(batch, options);
      return goesOn;
    }).catch((thrown) => {
      if (thrown instanceof HorizonError && thrown.code === "not_found") return 0;
      throw thrown;
    });
    if (count === 0 || !goesOn) return;
  }
}

/**
 * Appends a commit that this registry signed itself once, if it goes on where the journal ends; false
 * for one of an epoch that this registry has left, since it was restored.
 */
async function append({ texts, checkpoint }: FeedBatch, options: RecoverOptions): Promise<boolean> {
  const { journal, node } = options;
  const head = journal.head ?? EMPTY_HEAD;
  if (checkpoint.node !== node.id || !await isSignedBy(checkpoint, node.id)) {
    throw new HorizonError("bad_gateway", "A commit that it gave is not signed by this registry.");
  }
  if (checkpoint.epoch < journal.epoch) return false;
  const first_seq = checkpoint.seq - texts.length + 1;
  const news = texts.slice(Math.max(0, head.seq + 1 - first_seq));
  const prev = prevOf(news[0] ?? "") ?? "";
  // Old commits, and made-up events under a checkpoint that is right, are the peer's doing.
  if (!leadsTo(news, { seq: head.seq, hash: prev }, checkpoint) || news.length === 0) {
    throw new HorizonError("bad_gateway", "A commit that it gave is not what was asked for.");
  }
  if (prev !== head.hash) {
    const message = `A peer holds other events after event ${head.seq} than this data folder.`;
    throw new HorizonError("fork_found", message, {
      fix: "The folder is an old copy that went on by itself. Restore the newest backup with " +
        "`horizon restore`, which begins a new epoch.",
      details: { seq: head.seq },
    });
  }
  if (journal.epoch < checkpoint.epoch) await journal.beginEpoch(checkpoint.epoch - 1);
  await journal.append(news.map((text) => encoder.encode(text)), checkpoint);
  return true;
}
