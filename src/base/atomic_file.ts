import { dirname } from "node:path";
import { syncFolder } from "./platform.ts";

/** Only the owner may read and write. */
export const PRIVATE_MODE = 0o600;

/**
 * Puts a file in place in one step, so that a reader sees the old text or the new one, and a crash
 * leaves one of them; it is durable on return. Mode 0600. With `fresh` it throws `AlreadyExists` where
 * a file is there.
 */
export async function writeFileAtomically(
  path: string,
  text: string,
  options: { fresh?: boolean } = {},
): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}.new`;
  try {
    await Deno.writeTextFile(temporary, text, { createNew: true, mode: PRIVATE_MODE });
    using file = await Deno.open(temporary, { write: true });
    await file.sync();
    // A link, unlike a rename, refuses to take the place of another file.
    if (options.fresh) await Deno.link(temporary, path);
    else await Deno.rename(temporary, path);
    await syncFolder(dirname(path));
  } finally {
    await Deno.remove(temporary).catch(() => undefined);
  }
}
