import { HorizonError } from "../base/errors.ts";
import { writeDurably } from "./durable_file.ts";
import type { StoreAddress } from "./kv_connect/session.ts";
import { JOURNAL_FILE, SHARED_STORE_FILE } from "./layout.ts";

/** A store that several processes of one registry share (DESIGN §4). */
export interface SharedStoreOptions {
  address: StoreAddress;
  /** This process, as the others know it: another one after each start. */
  holder: string;
  /** A folder that all of them see, for blobs; null where there is none. */
  files_folder: string | null;
}

/**
 * Makes sure that a folder whose feed lies on a shared store is never opened as one with a journal of
 * its own, nor the other way round: both would make a second feed under the same key. Throws
 * `invalid_input`.
 */
export async function checkWhereFeedLies(folder: string, shared: string | null): Promise<void> {
  const marker = `${folder}/${SHARED_STORE_FILE}`;
  const isShared = await isThere(marker);
  if (shared === null) {
    if (!isShared) return;
    throw new HorizonError("invalid_input", `The feed of ${folder} lies on a shared store.`, {
      fix: `Run: horizon serve --kv <url>, with the URL that ${marker} names.`,
    });
  }
  if (!isShared && await isThere(`${folder}/${JOURNAL_FILE}`)) {
    throw new HorizonError("invalid_input", `${folder} holds a feed of its own.`, {
      fix: "Take another folder with --data for a process on a shared store.",
    });
  }
  const text = JSON.stringify({ kv: shared }) + "\n";
  await writeDurably(marker, [new TextEncoder().encode(text)]);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}
