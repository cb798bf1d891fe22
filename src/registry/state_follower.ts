import { type Effects, gpuView, type MarketState } from "../market/market.ts";
import type { FeedEvent } from "../protocol/feed.ts";
import type { ClearingRounds } from "./clearing_rounds.ts";
import type { GpuIndex } from "./gpu_index.ts";
import type { Presence } from "./presence.ts";
import type { Projector } from "./projector.ts";
import type { StateFollower } from "./sequencer.ts";
import type { Subjects } from "./subjects.ts";
import type { Wakeups } from "./wakeups.ts";

/** What is kept in step with the state in memory. */
export interface Followed {
  gpus: GpuIndex;
  projector: Projector;
  presence: Presence;
  wakeups: Wakeups;
  subjects: Subjects;
  rounds: ClearingRounds;
  artefacts: { note(state: MarketState, event: FeedEvent, effects: Effects): void };
  /** An auction takes no more bids. */
  onClosed(): void;
  /** A GPU is no longer registered. */
  onGone(gpu_id: string): void;
}

/** Brings listing, archive, open pages and waiting polls up with each event. */
export function followState(followed: Followed): StateFollower {
  const { gpus, projector, wakeups, subjects, rounds, artefacts, onClosed } = followed;
  return {
    loaded(state) {
      rounds.reset();
      gpus.rebuild(state.gpus.values().map((gpu) => gpuView(state, gpu)), state.seq);
    },
    applied(state, event, effects) {
      projector.note(state, event, effects);
      artefacts.note(state, event, effects);
      rounds.note(event, effects);
      if (event.type === "auction.closed" || event.type === "auction.cancelled") onClosed();
      if (event.type === "settings.changed") this.loaded(state);
      else followGpus(state, event, effects, followed);
      subjects.note(state, effects);
      for (const job_id of effects.changed_jobs) {
        wakeups.wake(job_id);
        const gpu_id = state.jobs.get(job_id)?.gpu_id;
        if (gpu_id !== undefined) wakeups.wake(gpu_id);
      }
    },
  };
}

function followGpus(
  state: MarketState,
  event: FeedEvent,
  effects: Effects,
  { gpus, presence, onGone }: Followed,
): void {
  for (const gpu_id of effects.changed_gpus) {
    const gpu = state.gpus.get(gpu_id);
    gpus.set(gpu_id, gpu === undefined ? null : gpuView(state, gpu), event.seq);
    if (gpu === undefined) {
      presence.forget(gpu_id);
      onGone(gpu_id);
    }
  }
}
