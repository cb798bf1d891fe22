import type * as z from "zod";
import { HorizonError } from "../../base/errors.ts";
import { VERSION } from "../../base/version.ts";
import { BACKUP_VERSION, type BackupManifest } from "../../protocol/backup.ts";
import { BackupWriter } from "../../protocol/backup_writer.ts";
import type { Checkpoint } from "../../protocol/feed.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { GpuId, JobId, Sha256Hex } from "../../protocol/text.ts";
import { encodeBatch } from "../../store/batch.ts";
import type { Blobs, OpenBlob } from "../../store/blobs.ts";
import { DATA_FORMAT } from "../../store/format.ts";
import type { Journal } from "../../store/journal.ts";
import {
  EVIDENCE_FOLDER,
  EVIDENCE_SUFFIX,
  JOB_LOG_FOLDER,
  JOB_LOG_SUFFIX,
  PEERS_FILE,
  PROOF_FOLDER,
  PROOF_SUFFIX,
} from "../../store/layout.ts";
import type { SealedOpening } from "../opening_file.ts";
import type { Services } from "../services.ts";

type Chunks = AsyncGenerator<Uint8Array>;
/** A section of a file, before its size is known. */
type FileHeader =
  | { kind: "proof"; gpu_id: string }
  | { kind: "job_log"; job_id: string }
  | { kind: "evidence"; sha256: string }
  | { kind: "peers" };
const encoder = new TextEncoder();

/**
 * A backup without its key, as of the last durable event at the first read: the journal up to it, and
 * all that its events name. A blob or an opening is durable before the event that needs it, so what
 * lies on disk after the head was taken is enough; the openings of an auction that is cleared meanwhile
 * are gone by then, so they are taken from memory together with the head.
 */
export async function* backupStream(services: Services): Chunks {
  const { store, openings, node, clock } = services;
  const { head, epoch } = store.journal;
  const kept = openings.kept();
  if (head === null) throw new Error("a registry has a first event");
  const writer = new BackupWriter();
  const manifest: BackupManifest = {
    version: BACKUP_VERSION,
    format: DATA_FORMAT,
    node: node.id,
    head,
    epoch,
    created_at: clock.now(),
    software: `horizon/${VERSION}`,
  };
  yield* writer.document("manifest", manifest);
  yield* batchSections(writer, store.journal, head);
  for (const one of kept) yield* openingSection(writer, one);
  yield* fileSections(writer, services);
  yield* blobSections(writer, services);
  yield* writer.end();
}

async function* batchSections(writer: BackupWriter, journal: Journal, head: Checkpoint): Chunks {
  for await (
    const { first_seq, records, checkpoint } of journal.batches(0, LIMITS.backup_page_values)
  ) {
    const bytes = encodeBatch(records, checkpoint);
    yield* writer.section({ kind: "batch", first_seq, size_bytes: bytes.length }, bytes);
    if (checkpoint.seq >= head.seq) return;
  }
}

function openingSection(
  writer: BackupWriter,
  { auction_id, openings }: { auction_id: string; openings: SealedOpening[] },
): Chunks {
  const lines = encoder.encode(openings.map((one) => JSON.stringify(one) + "\n").join(""));
  return writer.section({ kind: "openings", auction_id, size_bytes: lines.length }, lines);
}

async function* fileSections(writer: BackupWriter, { store }: Services): Chunks {
  const { files_folder: folder } = store;
  yield* filesOf(writer, `${folder}/${PROOF_FOLDER}`, PROOF_SUFFIX, GpuId, (gpu_id) => {
    return { kind: "proof", gpu_id };
  });
  yield* filesOf(writer, `${folder}/${JOB_LOG_FOLDER}`, JOB_LOG_SUFFIX, JobId, (job_id) => {
    return { kind: "job_log", job_id };
  });
  const evidence = `${folder}/${EVIDENCE_FOLDER}`;
  yield* filesOf(writer, evidence, EVIDENCE_SUFFIX, Sha256Hex, (sha256) => {
    return { kind: "evidence", sha256 };
  });
  yield* fileSection(writer, `${folder}/${PEERS_FILE}`, { kind: "peers" });
}

async function* filesOf(
  writer: BackupWriter,
  folder: string,
  suffix: string,
  names: z.ZodType<string>,
  headerOf: (name: string) => FileHeader,
): Chunks {
  for await (const name of namesIn(folder, suffix)) {
    if (!names.safeParse(name).success) continue;
    yield* fileSection(writer, `${folder}/${name}${suffix}`, headerOf(name));
  }
}

async function* blobSections(writer: BackupWriter, { store: { blobs } }: Services): Chunks {
  for (const { actor, sha256, size_bytes } of blobs.copies()) {
    const blob = await opened(blobs, sha256);
    if (blob === null) continue;
    yield* writer.section({ kind: "blob", actor, sha256, size_bytes }, blob.stream);
  }
}

/** A blob, or null if it has expired meanwhile. */
async function opened(blobs: Blobs, sha256: string): Promise<OpenBlob | null> {
  try {
    return await blobs.get(sha256);
  } catch (thrown) {
    if (thrown instanceof HorizonError && thrown.code === "blob_not_found") return null;
    throw thrown;
  }
}

/** A file as it is when it is opened; one that is gone by then is left out. */
async function* fileSection(writer: BackupWriter, path: string, header: FileHeader): Chunks {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return;
    throw thrown;
  }
  const { size: size_bytes } = await file.stat();
  yield* writer.section({ ...header, size_bytes }, file.readable);
}

/** The names of a folder's files without the suffix that they end with. */
async function* namesIn(folder: string, suffix: string): AsyncGenerator<string> {
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (isFile && name.endsWith(suffix)) yield name.slice(0, -suffix.length);
    }
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
}
