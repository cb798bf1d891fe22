import { type Clock, systemClock } from "../base/clock.ts";
import type { Identity } from "../base/identity.ts";
import type { LogEntry } from "../base/log.ts";
import type { Dial } from "../federation/dial.ts";
import type { Federation } from "../federation/federation.ts";
import type { Head } from "../protocol/feed.ts";
import type { Settings } from "../protocol/intent.ts";
import type { OpenKv } from "../store/store.ts";
import { buildApp } from "./app.ts";
import { assemble } from "./assemble.ts";
import type { Verifier } from "./auth/verifier.ts";
import type { Departures } from "./departures.ts";
import { type Caller, guard } from "./door.ts";
import { addGauges } from "./gauges.ts";
import { Housekeeping } from "./housekeeping.ts";
import { front } from "./leadership/parts.ts";
import type { ProvingOptions } from "./proving/open_proving.ts";
import type { SharedOptions } from "./leadership/shared.ts";
import { startMarket } from "./start.ts";

export type { Caller } from "./door.ts";

export interface RegistryOptions {
  /** The data folder, made where it is missing. */
  folder: string;
  /** A folder that was once served stays so. */
  mode: Settings["mode"];
  /** What the operator's flags say; what they leave out stays as the folder has it. */
  settings?: Partial<Omit<Settings, "mode">>;
  clock?: Clock;
  /** What other registries' feeds say of GPUs that move; without it, the peers' replicas. */
  departures?: Departures;
  federation?: {
    /** Whether peers at private addresses may be dialled. */
    private_peers?: boolean;
    /** Whether the feed is for connected peers alone. */
    peers_only?: boolean;
    /** What one peer's feed may take on the disk; without it, `LIMITS.replica_bytes`. */
    replica_bytes?: number;
    /** The way to peers; without it, that of `federation/dial.ts`. */
    dial?: Dial;
  };
  /** How GPUs are proven, where it is not by the rules. */
  proving?: ProvingOptions;
  /** How long artefacts and logs are kept after their job's end; 7 days. */
  artefact_keep_ms?: number;
  /** The way to the folder's KV files; without it, SQLite's. */
  openKv?: OpenKv;
  /** Checks signatures; without it, a Worker does for a served registry. */
  verifier?: Verifier;
  /** URL of main.ts (or its bundle), of which a Worker is another instance (DESIGN §10). */
  main_url: string;
  log?: (entry: LogEntry) => void;
  /** Whether each request is an entry of the log, at the level "debug". */
  logs_requests?: boolean;
  /** How long to wait for another process to let the folder go. */
  wait_ms?: number;
  /** The journal lies on a store that several processes share; each calls `join`. */
  shared?: SharedOptions;
  /** A key file that the registry takes as its own, unless its folder has that key already. */
  node_key?: string;
}

/** A running registry on its data folder. */
export interface Registry {
  readonly node_id: string;
  readonly node: Identity;
  /** What it knows of other registries. */
  readonly federation: Federation;
  /** The HTTP interface of `protocol/api.ts`; never throws, errors are problem documents. */
  fetch(request: Request, caller?: Caller): Promise<Response>;
  /**
   * Tells the other processes on a shared store that this one is reached at a URL. Resolves once it
   * leads, or follows a leader; at once where it is the only one. Throws `key_mismatch`,
   * `store_unreachable`.
   */
  join(url: string): Promise<void>;
  /** The last durable event. */
  head(): Head;
  /** Begins to follow other registries; `urls` is where they reach this one. */
  follow(urls: readonly string[]): void;
  /** Ends open streams and waiting polls, for good: the registry is about to close. */
  endWaits(): void;
  /** Ends streams and polls, waits for the last commit, lets the folder go. */
  close(): Promise<void>;
}

/**
 * Opens the registry of a data folder, making one where there is none. Throws `folder_busy`,
 * `data_corrupt`, `data_newer`, `disk_full` or `key_exposed`; it never starts on half a state.
 */
export async function openRegistry(options: RegistryOptions): Promise<Registry> {
  const clock = options.clock ?? systemClock;
  const { services, follow, endWaits, close } = await assemble(options, clock);
  const { leadership } = services;
  try {
    if (leadership === null) await startMarket(options, services);
  } catch (thrown) {
    await close();
    throw thrown;
  }
  addGauges(services);
  const housekeeping = new Housekeeping(services);
  housekeeping.start();
  const { sequencer, node, federation } = services;
  const { handle, isFromProcess } = front(buildApp(services), services);
  return {
    node_id: node.id,
    node,
    federation,
    fetch: guard(handle, services, isFromProcess, options.logs_requests),
    join: async (url) => await leadership?.join(url),
    head: () => sequencer.feed.head,
    follow,
    endWaits,
    async close() {
      endWaits();
      if (leadership === null) await housekeeping.close();
      else await leadership.close(() => housekeeping.close());
      await close();
    },
  };
}
