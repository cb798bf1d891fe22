import { dirname } from "node:path";
import { HorizonError } from "../base/errors.ts";

/**
 * Says whether a file can be made under a path, before the work that fills it. Throws what `taken`
 * makes where something has that name, and `not_found` where its folder isn't there.
 */
export async function checkNewFile(
  path: string,
  taken: (path: string) => HorizonError,
): Promise<void> {
  if (await isThere(path)) throw taken(path);
  const folder = dirname(path);
  if (await isThere(folder)) return;
  throw new HorizonError("not_found", `There is no folder ${folder} to write ${path} in.`, {
    fix: "Make the folder, or name a file in another one.",
  });
}

/** Throws `already_exists` if the path is taken. */
export async function refuseExisting(path: string, fix: string): Promise<void> {
  if (!await isThere(path)) return;
  throw new HorizonError("already_exists", `${path} is already there.`, { fix });
}

function isThere(path: string): Promise<boolean> {
  return Deno.lstat(path).then(() => true, (thrown) => {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  });
}
