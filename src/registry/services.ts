import type { Hono } from "hono";
import type { Clock } from "../base/clock.ts";
import type { Identity } from "../base/identity.ts";
import type { Federation } from "../federation/federation.ts";
import type { FeedTail } from "../store/feed_tail.ts";
import type { Store } from "../store/store.ts";
import type { RateLimiter } from "./auth/rates.ts";
import type { Sessions } from "./auth/sessions.ts";
import type { Verifier } from "./auth/verifier.ts";
import type { Artefacts } from "./artefacts.ts";
import type { AuctionClosings } from "./auction_closings.ts";
import type { Challenges } from "./proving/challenges.ts";
import type { ClearingRounds } from "./clearing_rounds.ts";
import type { Departures } from "./departures.ts";
import type { FeedStream } from "./feed_stream.ts";
import type { GpuIndex } from "./gpu_index.ts";
import type { JobLogs } from "./job_logs.ts";
import type { Leadership } from "./leadership/leadership.ts";
import type { Metrics } from "./metrics.ts";
import type { NodeIntents } from "./node_intents.ts";
import type { Presence } from "./presence.ts";
import type { Projector } from "./projector.ts";
import type { ProofAnswers } from "./proving/proof_answers.ts";
import type { Schedule } from "./proving/schedule.ts";
import type { RegistryLog } from "./registry_log.ts";
import type { SealedOpenings } from "./sealed_openings.ts";
import type { Sequencer } from "./sequencer.ts";
import type { Streams } from "./streams.ts";
import type { Subjects } from "./subjects.ts";
import type { Wakeups } from "./wakeups.ts";

/** The parts of a running registry, as its routes use them. */
export interface Services {
  readonly node: Identity;
  readonly clock: Clock;
  readonly log: RegistryLog;
  readonly store: Store;
  /** This process among several on a shared store; null where it is the only one. */
  readonly leadership: Leadership | null;
  /** True while this process orders the market: always, where it is the only one. */
  leads(): boolean;
  /** False where what lies in files would be lost with this process. */
  readonly keeps_files: boolean;
  readonly sequencer: Sequencer;
  readonly nodeIntents: NodeIntents;
  readonly gpus: GpuIndex;
  readonly projector: Projector;
  readonly verifier: Verifier;
  readonly sessions: Sessions;
  readonly keyRates: RateLimiter;
  readonly challenges: Challenges;
  /** When GPUs are proven again. */
  readonly schedule: Schedule;
  /** The latest answer of each GPU's. */
  readonly answers: ProofAnswers;
  /** What bidders told of their sealed bids: secret until the close. */
  readonly openings: SealedOpenings;
  readonly closings: AuctionClosings;
  readonly rounds: ClearingRounds;
  readonly presence: Presence;
  /** What other registries' feeds say of GPUs that move. */
  readonly departures: Departures;
  readonly jobLogs: JobLogs;
  /** How long what jobs read and wrote is kept. */
  readonly artefacts: Artefacts;
  readonly wakeups: Wakeups;
  /** What open pages wait for. */
  readonly subjects: Subjects;
  readonly streams: Streams;
  readonly feedStream: FeedStream;
  /** This registry's own feed by commits, for those who replicate it. */
  readonly feedTail: FeedTail;
  readonly federation: Federation;
  readonly metrics: Metrics;
  /** Aborted when the registry closes: waiting polls end then. */
  readonly closing: AbortSignal;
}

/** What a route may tell the middleware around it. */
export interface RouteEnv {
  Variables: {
    /** The event that the answer is as of; without it, all that had been decided by then. */
    as_of_seq: number;
  };
}

export type App = Hono<RouteEnv>;
