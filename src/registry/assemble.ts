import type { Clock } from "../base/clock.ts";
import type { Identity } from "../base/identity.ts";
import { LIMITS } from "../protocol/limits.ts";
import { FeedTail } from "../store/feed_tail.ts";
import { JOB_LOG_FOLDER, OPENING_FOLDER, PROOF_FOLDER } from "../store/layout.ts";
import { openStore, type Store } from "../store/store.ts";
import { RateLimiter } from "./auth/rates.ts";
import { Sessions } from "./auth/sessions.ts";
import { inlineVerifier, workerVerifier } from "./auth/verifier.ts";
import { Artefacts } from "./artefacts.ts";
import { AuctionClosings } from "./auction_closings.ts";
import { departuresOf, followedHome } from "./departures.ts";
import { FeedStream } from "./feed_stream.ts";
import { JobLogs } from "./job_logs.ts";
import { leadershipOf } from "./leadership/parts.ts";
import { sharedStoreOf } from "./leadership/shared.ts";
import { startMemory } from "./market_memory.ts";
import { Metrics } from "./metrics.ts";
import { NodeIntents } from "./node_intents.ts";
import { openNodeKey } from "./node_key.ts";
import { openProving, type Proving } from "./proving/open_proving.ts";
import { ProofAnswers } from "./proving/proof_answers.ts";
import { RegistryLog } from "./registry_log.ts";
import type { RegistryOptions } from "./registry.ts";
import { SealedOpenings } from "./sealed_openings.ts";
import type { Services } from "./services.ts";
import { openFederation, recoverFeed } from "./federate.ts";
import { startMarket } from "./start.ts";
import { Streams } from "./streams.ts";

const KEY_RATE = { per_second: LIMITS.rate_per_key, burst: LIMITS.rate_per_key_burst };

/** All parts of a registry, on its open folder. */
export interface Assembled {
  services: Services;
  /** Begins to follow other registries, who reach this one at these URLs. */
  follow(urls: readonly string[]): void;
  /** Ends streams and waiting polls. */
  endWaits(): void;
  /** Waits for the last commit, ends the Workers, lets the folder go. */
  close(): Promise<void>;
}

/** Opens the folder, loads its state and puts the parts together. Throws what `openRegistry` does. */
export async function assemble(options: RegistryOptions, clock: Clock): Promise<Assembled> {
  const { folder, wait_ms, shared, openKv, node_key = null } = options;
  const store = await openStore(folder, {
    clock,
    ...(wait_ms === undefined ? {} : { wait_ms }),
    ...(shared === undefined ? {} : { shared: sharedStoreOf(shared, clock) }),
    ...(openKv === undefined ? {} : { openKv }),
  });
  try {
    const node = await openNodeKey(folder, store, node_key);
    return await assembleParts(options, clock, store, node);
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
}

async function assembleParts(
  options: RegistryOptions,
  clock: Clock,
  store: Store,
  node: Identity,
): Promise<Assembled> {
  const { main_url, mode, shared } = options;
  const log = new RegistryLog(clock, options.log ?? (() => {}));
  const { answers, jobLogs, openings } = await openFiles(store);
  if (shared === undefined) await recoverFeed(options, { clock, node, store, log });
  const { artefact_keep_ms: keep_ms = LIMITS.artefact_keep_ms } = options;
  const artefacts = new Artefacts({ store, jobLogs, clock, keep_ms });
  const memory = await startMemory({ store, node, clock, log, artefacts }, {
    onClosed() {
      if (services.leads()) void closings.run();
    },
    onGone(gpu_id) {
      services.schedule.forget(gpu_id);
      answers.forget(gpu_id).catch((thrown) => log.failure("forgetting a proof", thrown));
    },
  });
  const { sequencer, gpus, presence } = memory;
  const onDeath = (reason: string) => log.failure("a Worker", new Error(reason));
  const verifier = options.verifier ??
    (mode === "served" ? workerVerifier(main_url, onDeath) : inlineVerifier);
  const nodeIntents = new NodeIntents(node, sequencer);
  const parts = { clock, memory, nodeIntents, answers, main_url, onDeath };
  const proving = openProving(parts, options.proving ?? {});
  const closings = new AuctionClosings({ sequencer, nodeIntents, openings, log });
  const leadership = leadershipOf(store, () => services, {
    prepare: async () => {
      await store.blobs.rescan();
      await openings.reload();
      jobLogs.recount();
      artefacts.restart();
      presence.restart();
      proving.restart();
    },
    begin: () => startMarket(options, services),
  });
  const leads = () => leadership === null || leadership.leads;
  const urls: string[] = [];
  const basis = { options, clock, node, store, verifier, gpus, urls, log, leads };
  const federation = await openFederation(basis);
  const closing = new AbortController();
  const services: Services = {
    ...memory,
    node,
    clock,
    log,
    store,
    leadership,
    leads,
    keeps_files: shared === undefined || shared.files_folder !== null,
    nodeIntents,
    verifier,
    sessions: new Sessions(node.id, clock, verifier),
    keyRates: new RateLimiter(KEY_RATE, clock),
    challenges: proving.challenges,
    schedule: proving.schedule,
    answers,
    openings,
    closings,
    departures: options.departures ?? departuresOf((node_id) => followedHome(federation, node_id)),
    jobLogs,
    streams: new Streams(),
    feedStream: new FeedStream(sequencer.feed, store.journal),
    feedTail: new FeedTail(store.journal),
    federation,
    metrics: new Metrics(),
    closing: closing.signal,
  };
  return assembled(services, { urls, closing, proving });
}

/** The parts, and how they begin and end. */
function assembled(
  services: Services,
  { urls, closing, proving }: {
    urls: string[];
    closing: AbortController;
    proving: Proving;
  },
): Assembled {
  const { streams, federation, sequencer, verifier, store } = services;
  return {
    services,
    endWaits() {
      closing.abort();
      streams.endAll();
      proving.restart();
    },
    follow(reachable_at) {
      urls.splice(0, urls.length, ...reachable_at);
      federation.start();
    },
    async close() {
      await federation.close();
      await sequencer.idle();
      verifier.close();
      proving.close();
      await store.close();
    },
  };
}

/** What lies in files beside the store: in the folder, or in the one that all processes share. */
async function openFiles({ files_folder, folder, lease }: Store) {
  const writer = files_folder === folder || lease === null ? null : lease.holder;
  return {
    answers: await ProofAnswers.open(`${files_folder}/${PROOF_FOLDER}`),
    jobLogs: await JobLogs.open(`${files_folder}/${JOB_LOG_FOLDER}`),
    openings: await SealedOpenings.open(`${files_folder}/${OPENING_FOLDER}`, writer),
  };
}
