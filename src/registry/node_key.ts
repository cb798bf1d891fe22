import { writeFileAtomically } from "../base/atomic_file.ts";
import { HorizonError } from "../base/errors.ts";
import type { Identity } from "../base/identity.ts";
import { createKeyFile, loadKeyFile, NODE_KEY_FILE } from "../base/keyfile.ts";
import type { Store } from "../store/store.ts";

/**
 * The registry's own key, in its data folder: made with the feed, and never again after its first
 * event. A `given` key file is copied into a folder that has none, so that several processes are one
 * registry. Throws `key_missing`, `key_exposed`, `invalid_key`, and `key_mismatch` where the folder has
 * another key.
 */
export async function openNodeKey(
  folder: string,
  store: Store,
  given: string | null,
): Promise<Identity> {
  const path = `${folder}/${NODE_KEY_FILE}`;
  if (given !== null) return await openGivenKey(path, given);
  try {
    return await loadKeyFile(path);
  } catch (thrown) {
    const isMissing = thrown instanceof HorizonError && thrown.code === "key_missing";
    if (isMissing && store.journal.head === null) return await createKeyFile(path);
    if (!isMissing || store.lease === null) throw thrown;
    throw new HorizonError("key_missing", `${folder} has no key of the registry.`, {
      fix: "Give it the key of another process: serve --node-key <file>.",
      cause: thrown,
    });
  }
}

async function openGivenKey(path: string, given: string): Promise<Identity> {
  const identity = await loadKeyFile(given).catch((thrown) => {
    if (!(thrown instanceof HorizonError) || thrown.code !== "key_missing") throw thrown;
    throw new HorizonError("key_missing", thrown.message, {
      fix:
        `The registry's first process makes it, without --node-key: ${NODE_KEY_FILE} in its data ` +
        "folder. Copy that here.",
      cause: thrown,
    });
  });
  const text = await Deno.readTextFile(given);
  try {
    await writeFileAtomically(path, text, { fresh: true });
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.AlreadyExists)) throw thrown;
  }
  const own = await loadKeyFile(path);
  if (own.id === identity.id) return identity;
  throw new HorizonError("key_mismatch", `The key ${path} is another than ${given}.`, {
    fix: "Take another data folder, or leave --node-key out.",
    details: { key: own.id, given: identity.id },
  });
}
