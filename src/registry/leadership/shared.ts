import type { Clock } from "../../base/clock.ts";
import { newId } from "../../base/ids.ts";
import type { SharedStoreOptions } from "../../store/shared_store.ts";

/** How one process of several takes part in a registry on a shared store. */
export interface SharedOptions {
  /** URL of the store, and the secret that lets this process in. */
  kv: { url: string; token: string };
  /** A folder that all processes see, for blobs, job logs, proofs and sealed bids. */
  files_folder: string | null;
}

/** What the store needs to know of it; the process gets a new name. */
export function sharedStoreOf(shared: SharedOptions, clock: Clock): SharedStoreOptions {
  const { kv, files_folder } = shared;
  return { address: kv, holder: newId(clock.now()), files_folder };
}
