import { HorizonError } from "../base/errors.ts";
import { PRIVATE_MODE } from "../base/atomic_file.ts";
import { BACKUP_MAGIC, backupInvalid, BackupManifest } from "../protocol/backup.ts";
import { BackupReader } from "../protocol/backup_reader.ts";
import { BackupWriter } from "../protocol/backup_writer.ts";
import { syncFolder } from "../base/platform.ts";

/** What a backup that was written holds. */
export interface WrittenBackup {
  path: string;
  node_id: string;
  /** The last event in it. */
  seq: number;
  created_at: number;
  sections: number;
  size_bytes: number;
}

/** Told of how many of its bytes are written, and of the event reached. */
export type BackupProgress = (at: { seq: number; of: number; size_bytes: number }) => void;

/**
 * Writes what a registry sends of itself, and its key, to a new file of mode 0600. Every section is
 * checked as it comes; the file has its name only once it is complete and durable, and nothing stays
 * otherwise. Throws `already_exists`, `backup_invalid` (what came was damaged or cut off).
 */
export async function writeBackup(
  path: string,
  key: Uint8Array,
  stream: AsyncIterable<Uint8Array>,
  onProgress: BackupProgress,
): Promise<WrittenBackup> {
  const temporary = `${path}.${crypto.randomUUID()}.new`;
  try {
    using file = await Deno.open(temporary, { write: true, createNew: true, mode: PRIVATE_MODE });
    const written = await receive(file, key, stream, onProgress);
    await file.sync();
    await takeName(temporary, path);
    return { path, ...written };
  } finally {
    await Deno.remove(temporary).catch(() => undefined);
  }
}

async function receive(
  file: Deno.FsFile,
  key: Uint8Array,
  stream: AsyncIterable<Uint8Array>,
  onProgress: BackupProgress,
): Promise<Omit<WrittenBackup, "path">> {
  let size_bytes = await writeAll(file, new TextEncoder().encode(BACKUP_MAGIC));
  const section = new BackupWriter().section({ kind: "key", size_bytes: key.length }, key);
  for await (const chunk of section) size_bytes += await writeAll(file, chunk);
  async function* copied(): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) {
      size_bytes += await writeAll(file, chunk);
      yield chunk;
    }
  }
  const reader = new BackupReader(copied());
  try {
    const first = await reader.next();
    if (first.header.kind !== "manifest") throw backupInvalid("it doesn't begin with its manifest");
    const { node, head, created_at } = await reader.document(first, BackupManifest);
    let seq = 0;
    for (let section = await reader.next();; section = await reader.next()) {
      const { header } = section;
      if (header.kind === "end") {
        const sections = await reader.end(section);
        return { node_id: node, seq: head.seq, created_at, sections, size_bytes };
      }
      if (header.kind === "batch") seq = header.first_seq;
      for await (const _ of section.body);
      onProgress({ seq, of: head.seq, size_bytes });
    }
  } finally {
    await reader.close();
  }
}

/** Gives the complete file its name. A link, unlike a rename, refuses to take another's place. */
async function takeName(temporary: string, path: string): Promise<void> {
  try {
    await Deno.link(temporary, path);
  } catch (cause) {
    if (cause instanceof Deno.errors.AlreadyExists) throw exists(path, cause);
    throw cause;
  }
  await syncFolder(path.includes("/") ? path.replace(/[^/]*$/, "") : ".");
}

/** The refusal of a name that is taken. */
export function exists(path: string, cause?: unknown): HorizonError {
  return new HorizonError("already_exists", `There is a file ${path} already.`, {
    fix: "Give the backup another name: nothing is written over.",
    cause,
  });
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<number> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  return bytes.length;
}
