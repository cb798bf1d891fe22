import { systemClock } from "../../src/base/clock.ts";
import {
  deserialize,
  emptyState,
  evolve,
  type MarketState,
  stateHash,
} from "../../src/market/market.ts";
import { EMPTY_HEAD } from "../../src/store/checkpoint.ts";
import { replay } from "../../src/store/replay.ts";
import { openStore } from "../../src/store/store.ts";

/**
 * Replays a data folder that no process holds: from its first event, and from its latest snapshot. The
 * two state hashes must be equal; `sum_micros` is the sum of all accounts, which must be 0.
 */
export async function replayFolder(
  folder: string,
): Promise<{ from_first_event: string; from_snapshot: string; sum_micros: number }> {
  const store = await openStore(folder, { clock: systemClock });
  try {
    const first = emptyState();
    await replay(store.journal, EMPTY_HEAD, (event) => void evolve(first, event));
    const { snapshot } = await store.snapshots.latest();
    if (snapshot === null) throw new Error("there is no snapshot to compare with");
    const later = deserialize(snapshot.state);
    await replay(store.journal, snapshot.head, (event) => void evolve(later, event));
    return {
      from_first_event: stateHash(first),
      from_snapshot: stateHash(later),
      sum_micros: sumOf(first),
    };
  } finally {
    await store.close();
  }
}

/** The hash of the state after an event of a data folder that no process holds. */
export async function replayHash(folder: string, seq: number): Promise<string> {
  const store = await openStore(folder, { clock: systemClock });
  try {
    const state = emptyState();
    for await (const { bytes } of store.journal.read({ after_seq: 0, limit: seq })) {
      evolve(state, JSON.parse(new TextDecoder().decode(bytes)));
    }
    return stateHash(state);
  } finally {
    await store.close();
  }
}

function sumOf(state: MarketState): number {
  let sum = state.fees_micros + state.issuance_micros;
  for (const account of state.accounts.values()) {
    sum += account.available_micros + account.held_micros + account.earned_micros;
  }
  return sum;
}
