import { Journal } from "../../src/store/journal.ts";
import { openJournalFile } from "../../src/store/store.ts";

/** Runs with a temporary folder that is gone afterwards. */
export async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "horizon-store-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs with an open KV file and the journal in it. */
export async function withJournal(
  path: string,
  run: (journal: Journal, kv: Deno.Kv) => Promise<void>,
): Promise<void> {
  const kv = await openJournalFile(path);
  try {
    await run(await Journal.open(kv), kv);
  } finally {
    kv.close();
  }
}
