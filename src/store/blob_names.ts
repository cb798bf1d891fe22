import { HorizonError } from "../base/errors.ts";
import { ACTOR_ID_PATTERN } from "../base/identity.ts";

/** Whose copy of which blob. */
export interface BlobName {
  actor: string;
  /** Lower-case hex. */
  sha256: string;
}

const SHA256_PATTERN = /^[0-9a-f]{64}$/;
/** End of the name of an upload that is not whole yet. */
const PART_SUFFIX = ".part";

/** Throws `invalid_input` for names that must not reach the disk. */
export function checkBlobName({ sha256, actor }: BlobName): void {
  if (SHA256_PATTERN.test(sha256) && ACTOR_ID_PATTERN.test(actor)) return;
  throw new HorizonError(
    "invalid_input",
    "A blob is named by the SHA-256 of its bytes and an actor",
  );
}

/** Where a copy lies in the folder. */
export function blobPath(folder: string, { actor, sha256 }: BlobName): string {
  return `${folder}/${actor}/${sha256}`;
}

/** Where an upload that is not whole yet lies. */
export function partPath(folder: string, name: BlobName): string {
  return blobPath(folder, name) + PART_SUFFIX;
}

/** A file of the folder. */
interface BlobFile extends BlobName {
  path: string;
  isPart: boolean;
}

/** The copies and unfinished uploads in a folder; what has another name is passed over. */
export async function* blobFiles(folder: string): AsyncGenerator<BlobFile> {
  for await (const { name: actor, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory || !ACTOR_ID_PATTERN.test(actor)) continue;
    for await (const { name, isFile } of Deno.readDir(`${folder}/${actor}`)) {
      const isPart = name.endsWith(PART_SUFFIX);
      const sha256 = isPart ? name.slice(0, -PART_SUFFIX.length) : name;
      if (!isFile || !SHA256_PATTERN.test(sha256)) continue;
      yield { actor, sha256, isPart, path: `${folder}/${actor}/${name}` };
    }
  }
}
