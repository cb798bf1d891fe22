import * as z from "zod";
import { HorizonError } from "../base/errors.ts";
import { SHA256_BYTES } from "../base/hash.ts";
import { LIMITS } from "./limits.ts";
import { SignedHead } from "./network.ts";
import { ActorId, AuctionId, GpuId, JobId, Sha256Hex, TimeMs } from "./text.ts";

// A backup is a magic line and then sections, each of
//   u32 (little-endian) size of the header, header (JSON), body, SHA-256 of header and body (32 bytes)
// in the order: key, manifest, the batches of the journal, all else, end. The registry sends manifest
// to end; the key comes from its own folder, so that it never travels.

/** How a backup begins. */
export const BACKUP_MAGIC = "horizon-backup\n";
/** Version of the form above. */
export const BACKUP_VERSION = 1;
/** Bytes of a section besides header and body. */
export const SECTION_WORD_BYTES = 4;
export const SECTION_HASH_BYTES = SHA256_BYTES;

const Size = (max_bytes: number) => z.int().min(0).max(max_bytes);
const text = { size_bytes: Size(LIMITS.backup_text_bytes) };
const file = { size_bytes: Size(LIMITS.blob_bytes) };

/** What a section holds, and the size of its body. */
export const SectionHeader = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("key"), ...text }),
  z.strictObject({ kind: z.literal("manifest"), ...text }),
  z.strictObject({
    kind: z.literal("batch"),
    first_seq: z.int().min(1),
    size_bytes: Size(LIMITS.journal_batch_bytes),
  }),
  z.strictObject({ kind: z.literal("openings"), auction_id: AuctionId, ...file }),
  z.strictObject({ kind: z.literal("job_log"), job_id: JobId, ...file }),
  z.strictObject({ kind: z.literal("proof"), gpu_id: GpuId, ...file }),
  z.strictObject({ kind: z.literal("peers"), ...file }),
  z.strictObject({ kind: z.literal("evidence"), sha256: Sha256Hex, ...file }),
  z.strictObject({ kind: z.literal("blob"), actor: ActorId, sha256: Sha256Hex, ...file }),
  z.strictObject({ kind: z.literal("end"), ...text }),
]);
export type SectionHeader = z.infer<typeof SectionHeader>;

/** What a backup is of: the feed up to `head`, in `epoch`. */
export const BackupManifest = z.strictObject({
  version: z.literal(BACKUP_VERSION),
  /** Format of the data folder. */
  format: z.int().min(1),
  node: ActorId,
  head: SignedHead,
  epoch: z.int().min(1),
  created_at: TimeMs,
  software: z.string().max(LIMITS.name_chars),
});
export type BackupManifest = z.infer<typeof BackupManifest>;

/** What proves that a backup is complete: the sections from the manifest on, and the hash of their hashes. */
export const BackupEnd = z.strictObject({ sections: z.int().min(1), sha256: Sha256Hex });
export type BackupEnd = z.infer<typeof BackupEnd>;

/** The error of a backup that can't be used, with the place. */
export function backupInvalid(what: string, cause?: unknown): HorizonError {
  return new HorizonError("backup_invalid", `The backup can't be used: ${what}.`, {
    fix: "Take another backup; this one was damaged, cut off, or is none.",
    cause,
  });
}
