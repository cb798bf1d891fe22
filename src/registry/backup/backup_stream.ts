import { VERSION } from "../../base/version.ts";
import { BACKUP_VERSION, type BackupManifest, type SectionHeader } from "../../protocol/backup.ts";
import { BackupWriter } from "../../protocol/backup_writer.ts";
import type { Checkpoint } from "../../protocol/feed.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { GpuId, JobId } from "../../protocol/text.ts";
import { encodeBatch } from "../../store/batch.ts";
import { DATA_FORMAT } from "../../store/format.ts";
import type { Journal } from "../../store/journal.ts";
import { JOB_LOG_FOLDER, JOB_LOG_SUFFIX, PROOF_FOLDER, PROOF_SUFFIX } from "../../store/layout.ts";
import type { SealedOpening } from "../opening_file.ts";
import type { Services } from "../services.ts";

type Chunks = AsyncGenerator<Uint8Array>;
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

async function* fileSections(writer: BackupWriter, { store: { folder } }: Services): Chunks {
  const proofs = `${folder}/${PROOF_FOLDER}`;
  for await (const gpu_id of namesIn(proofs, PROOF_SUFFIX)) {
    if (!GpuId.safeParse(gpu_id).success) continue;
    yield* fileSection(writer, `${proofs}/${gpu_id}${PROOF_SUFFIX}`, (size_bytes) => {
      return { kind: "proof", gpu_id, size_bytes };
    });
  }
  const logs = `${folder}/${JOB_LOG_FOLDER}`;
  for await (const job_id of namesIn(logs, JOB_LOG_SUFFIX)) {
    if (!JobId.safeParse(job_id).success) continue;
    yield* fileSection(writer, `${logs}/${job_id}${JOB_LOG_SUFFIX}`, (size_bytes) => {
      return { kind: "job_log", job_id, size_bytes };
    });
  }
}

async function* blobSections(writer: BackupWriter, { store: { blobs } }: Services): Chunks {
  for (const copy of blobs.copies()) {
    const { stream } = await blobs.get(copy.sha256);
    yield* writer.section({ kind: "blob", ...copy }, stream);
  }
}

/** A file as it is when it is opened; one that is gone by then is left out. */
async function* fileSection(
  writer: BackupWriter,
  path: string,
  headerOf: (size_bytes: number) => SectionHeader,
): Chunks {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return;
    throw thrown;
  }
  const { size } = await file.stat();
  yield* writer.section(headerOf(size), file.readable);
}

/** The names of a folder's files without the suffix that they end with. */
async function* namesIn(folder: string, suffix: string): AsyncGenerator<string> {
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && name.endsWith(suffix)) yield name.slice(0, -suffix.length);
  }
}
