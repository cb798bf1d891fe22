import type { Clock } from "../base/clock.ts";
import type { Identity } from "../base/identity.ts";
import type { Head } from "../protocol/feed.ts";
import type { Settings } from "../protocol/intent.ts";

/** What the registry tells the operation log. Never a secret. */
export interface RegistryLogEntry {
  level: "info" | "warn" | "error";
  /** What happened, as a short stable phrase. */
  event: string;
  [field: string]: unknown;
}

export interface RegistryOptions {
  /** The data folder; this process must be the only one that holds it. */
  folder: string;
  mode: Settings["mode"];
  /** What the operator's flags say; what they leave out stays as the folder has it. */
  settings?: Partial<Omit<Settings, "mode">>;
  clock?: Clock;
  /** URL of main.ts (or its bundle), of which a Worker is another instance (DESIGN §10). */
  main_url: string;
  log?: (entry: RegistryLogEntry) => void;
}

/** Where a request came from, for the limits by address. Absent: from inside this process. */
export interface Caller {
  address: string;
}

/** A running registry on its data folder. */
export interface Registry {
  readonly node_id: string;
  readonly node: Identity;
  /** The HTTP interface of `protocol/api.ts`; never throws, errors are problem documents. */
  fetch(request: Request, caller?: Caller): Promise<Response>;
  /** The last durable event. */
  head(): Head;
  /** Ends streams and waiting polls, waits for the last commit, releases the folder. */
  close(): Promise<void>;
}

/**
 * Opens the registry of a data folder, making one where there is none. Throws `folder_busy`,
 * `data_corrupt`, `data_newer` or `key_exposed`; never starts on half a state.
 */
export function openRegistry(_options: RegistryOptions): Promise<Registry> {
  throw new Error("being written");
}
