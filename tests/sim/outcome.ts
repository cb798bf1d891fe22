import { emptyState, evolve, type MarketState, stateHash } from "../../src/market/market.ts";
import type { Checkpoint, FeedEvent } from "../../src/protocol/feed.ts";
import { Journal } from "../../src/store/journal.ts";
import { JOURNAL_FILE } from "../../src/store/layout.ts";
import type { Disk } from "./disk.ts";
import type { Host } from "./host.ts";
import { SimKv } from "./kv.ts";
import type { Acknowledged } from "./records.ts";
import type { World } from "./world.ts";

/** A registry at the end of a run: what its disk holds. */
export interface FinalFeed {
  name: string;
  node_id: string;
  head: Checkpoint | null;
  events: FeedEvent[];
  texts: string[];
}

/** What one registry holds of another's feed at the end. */
export interface FinalReplica {
  at: string;
  of: string;
  /** Null: it has never heard of it. */
  held: { seq: number; state: string; trust: string; reason: string | null } | null;
}

/** All that the invariants are about. */
export interface Outcome {
  feeds: FinalFeed[];
  replicas: FinalReplica[];
  acknowledged: readonly Acknowledged[];
  /** Messages of evidence against registries, all of which are honest here. */
  convictions: string[];
  /** What went wrong on the way. */
  failures: readonly string[];
}

const decoder = new TextDecoder();

/** Reads the outcome from disks and memories, when nothing is under way any more. */
export async function outcomeOf(
  { hosts, disk, world, acknowledged, failures }: {
    hosts: readonly Host[];
    disk: Disk;
    world: World;
    acknowledged: readonly Acknowledged[];
    failures: readonly string[];
  },
): Promise<Outcome> {
  const feeds: FinalFeed[] = [];
  for (const host of hosts) feeds.push(await feedOf(host, disk, world));
  const federations = hosts.flatMap(({ registry }) => registry?.federation ?? []);
  const convictions = federations.flatMap(({ evidence }) =>
    evidence.page().evidence.map(({ evidence: { node, message } }) => `${node}: ${message}`)
  );
  return { feeds, replicas: replicasOf(hosts), acknowledged, convictions, failures };
}

async function feedOf(host: Host, disk: Disk, world: World): Promise<FinalFeed> {
  const kv = new SimKv(disk.kv(`${host.folder}/${JOURNAL_FILE}`), world);
  const journal = await Journal.open(kv);
  const texts: string[] = [];
  for await (const { records } of journal.batches(0)) {
    for (const record of records) texts.push(decoder.decode(record));
  }
  // Its own registry wrote it, and the invariants look at every part that they rely on.
  const events = texts.map((text): FeedEvent => JSON.parse(text));
  return { name: host.name, node_id: host.node?.id ?? "", head: journal.head, events, texts };
}

function replicasOf(hosts: readonly Host[]): FinalReplica[] {
  return hosts.flatMap((at) =>
    hosts.filter((of) => of !== at).map((of) => {
      const link = at.registry?.federation.link(of.node?.id ?? "");
      if (link === undefined) return { at: at.name, of: of.name, held: null };
      const { holder: { replica }, status: { trust, reason } } = link;
      const held = { seq: replica.taken_seq, state: stateHash(replica.state), trust, reason };
      return { at: at.name, of: of.name, held };
    })
  );
}

/** The states that a feed goes through, event by event. */
export function* statesOf(events: readonly FeedEvent[]): Generator<[FeedEvent, MarketState]> {
  const state = emptyState();
  for (const event of events) {
    evolve(state, event);
    yield [event, state];
  }
}
