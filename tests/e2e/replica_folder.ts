import { federationFiles } from "../../src/federation/files.ts";
import { deserialize, emptyState, evolve, stateHash } from "../../src/market/market.ts";
import type { Head } from "../../src/protocol/feed.ts";
import { EMPTY_HEAD } from "../../src/store/checkpoint.ts";
import type { Journal } from "../../src/store/journal.ts";
import { replay } from "../../src/store/replay.ts";
import type { Snapshots } from "../../src/store/snapshots.ts";

/** What a feed on a disk comes to. */
export interface Replayed {
  head: Head;
  state_hash: string;
}

/** Replays the replica that a data folder has of a node's feed. Throws `data_corrupt`. */
export async function replayReplica(folder: string, node_id: string): Promise<Replayed> {
  const files = federationFiles(folder, {
    files_folder: folder,
    onDamage: (damage) => {
      throw damage;
    },
  });
  const store = await files.openReplica(node_id);
  try {
    return await replayAll(store);
  } finally {
    store.close();
  }
}

/** From the first event, and from the latest snapshot, if there is one: both must come to the same. */
async function replayAll(
  { journal, snapshots }: { journal: Journal; snapshots: Pick<Snapshots, "latest"> },
): Promise<Replayed> {
  const state = emptyState();
  const head = await replay(journal, EMPTY_HEAD, (event) => void evolve(state, event));
  const state_hash = stateHash(state);
  const { snapshot, damaged } = await snapshots.latest();
  for (const error of damaged) throw error;
  if (snapshot !== null) {
    const later = deserialize(snapshot.state);
    await replay(journal, snapshot.head, (event) => void evolve(later, event));
    if (stateHash(later) !== state_hash) throw new Error("the snapshot comes to another state");
  }
  return { head, state_hash };
}
