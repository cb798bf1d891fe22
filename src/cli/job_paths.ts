import { join } from "node:path";
import { HorizonError, messageOf } from "../base/errors.ts";

/** A regular file that a job names, found inside the job's folder. */
export interface FoundFile {
  path: string;
  size_bytes: number;
}

/**
 * The file that a job names by a path relative to its folder: forward slashes, no `..`, no symbolic
 * link on the way, so that a job from a stranger can't send files from elsewhere. `field` is where
 * the path stands. Throws `invalid_job` or `too_large`.
 */
export async function findInside(
  folder: string,
  path: string,
  field: string,
  max_bytes: number,
): Promise<FoundFile> {
  const refuse = (why: string, cause?: unknown) =>
    new HorizonError("invalid_job", `${field}: ${JSON.stringify(path)} ${why}.`, {
      cause,
      details: { field },
    });
  const steps = path.split("/");
  if (path.startsWith("/") || /^[A-Za-z]:|\\|\0/.test(path)) {
    throw refuse("must be a relative path with forward slashes");
  }
  if (steps.includes("..")) throw refuse("leaves the job's folder");
  let at = folder;
  let info: Deno.FileInfo | undefined;
  for (const step of steps) {
    at = join(at, step);
    info = await Deno.lstat(at).catch((cause) => {
      if (cause instanceof Deno.errors.NotFound) throw refuse("is not there", cause);
      throw refuse(`can't be read: ${messageOf(cause)}`, cause);
    });
    if (info.isSymlink) throw refuse("goes through a symbolic link");
  }
  if (info === undefined || !info.isFile) throw refuse("is not a file");
  const found = { path: at, size_bytes: info.size };
  refuseLarge(found, max_bytes);
  return found;
}

/**
 * The bytes of a file that still has the size it was found with. Throws `too_large` above
 * `max_bytes`, `invalid_job` if it changed.
 */
export async function readBounded(
  file: FoundFile,
  max_bytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  refuseLarge(file, max_bytes);
  // One byte of room, so that a file that grew is noticed.
  const bytes = await readHead(file, file.size_bytes + 1);
  if (bytes.length !== file.size_bytes) throw changed(file);
  return bytes;
}

/** The first bytes of a file: so many, or all that it has. Throws `invalid_job` if it is gone. */
export async function readHead(
  file: FoundFile,
  head_bytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  using handle = await Deno.open(file.path).catch((cause) => {
    throw changed(file, cause);
  });
  const bytes = new Uint8Array(head_bytes);
  let length = 0;
  while (length < bytes.length) {
    const read = await handle.read(bytes.subarray(length));
    if (read === null) break;
    length += read;
  }
  return bytes.subarray(0, length);
}

/** A file is no longer what was found. */
export function changed(file: FoundFile, cause?: unknown): HorizonError {
  return new HorizonError("invalid_job", `${file.path} changed while it was read.`, { cause });
}

function refuseLarge(file: FoundFile, max_bytes: number): void {
  if (file.size_bytes <= max_bytes) return;
  throw new HorizonError(
    "too_large",
    `${file.path} has ${file.size_bytes} bytes, and ${max_bytes} are the limit.`,
    { details: { limit_bytes: max_bytes, size_bytes: file.size_bytes } },
  );
}
