import { HorizonError } from "../../base/errors.ts";
import { backupInvalid, type BackupManifest, type SectionHeader } from "../../protocol/backup.ts";
import type { BackupReader, Section } from "../../protocol/backup_reader.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { decodeBatch } from "../../store/batch.ts";
import { FILE_MODE, makePrivateFolder, writeAll } from "../../store/durable_file.ts";
import { syncFolder } from "../../base/platform.ts";
import {
  EVIDENCE_FOLDER,
  EVIDENCE_SUFFIX,
  JOB_LOG_FOLDER,
  JOB_LOG_SUFFIX,
  OPENING_FOLDER,
  OPENING_SUFFIX,
  PEERS_FILE,
  PROOF_FOLDER,
  PROOF_SUFFIX,
} from "../../store/layout.ts";
import type { Store } from "../../store/store.ts";
import { BatchChain } from "./batch_chain.ts";

type Header<K extends SectionHeader["kind"]> = Extract<SectionHeader, { kind: K }>;

const FOLDERS = [PROOF_FOLDER, JOB_LOG_FOLDER, OPENING_FOLDER, EVIDENCE_FOLDER];

/** Puts the sections of a backup in their places in a new data folder. Each throws `backup_invalid`. */
export class SectionReceiver {
  readonly #store: Store;
  readonly #manifest: BackupManifest;
  readonly #chain: BatchChain;
  #blobs = 0;
  #hasFolders = false;

  constructor(store: Store, manifest: BackupManifest) {
    this.#store = store;
    this.#manifest = manifest;
    this.#chain = new BatchChain(manifest.node);
  }

  /** The last event that is in place. */
  get seq(): number {
    return this.#chain.head.seq;
  }

  /** Blobs that are in place. */
  get blobs(): number {
    return this.#blobs;
  }

  /** Takes the next section, to its end. */
  async take(section: Section, reader: BackupReader): Promise<void> {
    const { header, place } = section;
    switch (header.kind) {
      case "batch":
        return await this.#batch(header, place, await reader.whole(section));
      case "openings":
        return await this.#file(OPENING_FOLDER, header.auction_id + OPENING_SUFFIX, section);
      case "job_log":
        return await this.#file(JOB_LOG_FOLDER, header.job_id + JOB_LOG_SUFFIX, section);
      case "proof":
        return await this.#file(PROOF_FOLDER, header.gpu_id + PROOF_SUFFIX, section);
      case "evidence":
        return await this.#file(EVIDENCE_FOLDER, header.sha256 + EVIDENCE_SUFFIX, section);
      case "peers":
        return await this.#file(".", PEERS_FILE, section);
      case "blob":
        return await this.#blob(header, section);
      default:
        throw backupInvalid(`${place} stands where it can't`);
    }
  }

  /** After the last section: the feed is there up to the manifest's head. */
  async finish(): Promise<void> {
    const { head } = this.#manifest;
    if (head.seq !== this.#chain.head.seq || head.hash !== this.#chain.head.hash) {
      throw backupInvalid(`its feed ends at event ${this.seq}, and its manifest says ${head.seq}`);
    }
    if (!this.#hasFolders) return;
    for (const name of FOLDERS) await syncFolder(`${this.#store.folder}/${name}`);
  }

  async #batch(
    { first_seq }: Header<"batch">,
    place: string,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    const batch = await this.#named(place, () => Promise.resolve(decodeBatch(first_seq, [bytes])));
    const [problem] = await this.#chain.follow(batch);
    if (problem !== undefined) {
      throw backupInvalid(`in ${place}, event ${problem.seq}: ${problem.detail}`);
    }
    await this.#store.journal.append(batch.records, batch.checkpoint);
  }

  async #blob({ actor, sha256 }: Header<"blob">, { place, body }: Section): Promise<void> {
    const source = ReadableStream.from(body);
    const promise = { actor, sha256, max_bytes: LIMITS.blob_bytes };
    await this.#named(place, () => this.#store.blobs.put(source, promise));
    this.#blobs++;
  }

  async #file(folder: string, name: string, { place, body }: Section): Promise<void> {
    if (!this.#hasFolders) {
      for (const each of FOLDERS) await makePrivateFolder(`${this.#store.folder}/${each}`);
      this.#hasFolders = true;
    }
    const path = `${this.#store.folder}/${folder}/${name}`;
    await this.#named(place, async () => {
      using file = await Deno.open(path, { write: true, createNew: true, mode: FILE_MODE });
      for await (const chunk of body) await writeAll(file, chunk);
      await file.sync();
    });
  }

  /** What a part of the folder refuses about a section's bytes, with the section's place. */
  async #named<T>(place: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      const isTwice = thrown instanceof Deno.errors.AlreadyExists;
      if (isTwice) throw backupInvalid(`${place} is there twice`, thrown);
      const isDamaged = thrown instanceof HorizonError &&
        (thrown.code === "blob_mismatch" || thrown.code === "data_corrupt");
      throw isDamaged ? backupInvalid(`${place}: ${thrown.message}`, thrown) : thrown;
    }
  }
}
