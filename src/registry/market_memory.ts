import type { Clock } from "../base/clock.ts";
import type { Identity } from "../base/identity.ts";
import type { Store } from "../store/store.ts";
import type { Artefacts } from "./artefacts.ts";
import { ClearingRounds } from "./clearing_rounds.ts";
import { GpuIndex } from "./gpu_index.ts";
import { Presence } from "./presence.ts";
import { Projector } from "./projector.ts";
import type { RegistryLog } from "./registry_log.ts";
import { Sequencer } from "./sequencer.ts";
import type { Services } from "./services.ts";
import { followState } from "./state_follower.ts";
import { loadState } from "./state_loader.ts";
import { Subjects } from "./subjects.ts";
import { Wakeups } from "./wakeups.ts";

/** The market in memory: its sequencer, and what follows each of its events. */
export type MarketMemory = Pick<
  Services,
  "sequencer" | "gpus" | "presence" | "wakeups" | "subjects" | "projector" | "rounds" | "artefacts"
>;

/**
 * Loads the market of a store. `onClosed` is told that bidding has closed somewhere, `onGone` that a
 * GPU is off the market. Throws `data_corrupt`, `key_mismatch`, and what the store throws.
 */
export async function startMemory(
  { store, node, clock, log, artefacts }: {
    store: Store;
    node: Identity;
    clock: Clock;
    log: RegistryLog;
    artefacts: Artefacts;
  },
  told: { onClosed(): void; onGone(gpu_id: string): void },
): Promise<MarketMemory> {
  const gpus = new GpuIndex();
  const presence = new Presence(clock);
  const wakeups = new Wakeups();
  const subjects = new Subjects();
  gpus.listenAbroad(() => subjects.touch("gpus"));
  const projector = new Projector(store.archive);
  const rounds = new ClearingRounds(clock);
  const sequencer = await Sequencer.start({
    journal: store.journal,
    clock,
    load: () => loadState({ store, node, projector, log, commitsIn: commitsIn(store) }),
    follower: followState({
      gpus,
      projector,
      presence,
      wakeups,
      subjects,
      rounds,
      artefacts,
      ...told,
    }),
    onFailure: (failure) => log.failure("committing", failure),
  });
  return { sequencer, gpus, presence, wakeups, subjects, projector, rounds, artefacts };
}

/** Whether an epoch of the journal is one that this process commits in. */
function commitsIn({ lease }: Store): (epoch: number) => boolean {
  return (epoch) => lease === null || lease.held?.epoch === epoch;
}
