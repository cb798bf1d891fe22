import { HorizonError } from "../base/errors.ts";
import { sha256Hex } from "../base/hash.ts";
import { canonicalJson } from "../base/json.ts";
import type { Head } from "../protocol/feed.ts";
import {
  makePrivateFolder,
  removeIfThere,
  TEMPORARY_SUFFIX,
  writeDurably,
} from "./durable_file.ts";

/** The state of the market after an event. */
export interface Snapshot {
  head: Head;
  state: Uint8Array<ArrayBuffer>;
}

/** Snapshots that stay: the newest, and the one to fall back to. */
const KEPT = 2;
const NAME_PATTERN = /^\d{16}\.snapshot$/;
/** The header line is far shorter. */
const HEADER_MAX_BYTES = 1024;
const NEWLINE = 0x0a;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Snapshot files: one line of JSON `{hash, seq, sha256}`, then the bytes of the state; `sha256` is over
 * seq, hash and state.
 */
export class Snapshots {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** The snapshots of a folder, which is created where it is missing; half-written ones are removed. */
  static async open(folder: string): Promise<Snapshots> {
    await makePrivateFolder(folder);
    for await (const { name } of Deno.readDir(folder)) {
      if (name.endsWith(TEMPORARY_SUFFIX)) await removeIfThere(`${folder}/${name}`);
    }
    return new Snapshots(folder);
  }

  /** Writes the state after `head` and removes all but the newest two. Throws `disk_full`. */
  async write(head: Head, state: Uint8Array): Promise<void> {
    const { seq, hash } = head;
    const header = canonicalJson({ hash, seq, sha256: digestOf(head, state) }) + "\n";
    const name = `${String(seq).padStart(16, "0")}.snapshot`;
    await writeDurably(`${this.#folder}/${name}`, [encoder.encode(header), state]);
    for (const old of (await snapshotNames(this.#folder)).slice(KEPT)) {
      await removeIfThere(`${this.#folder}/${old}`);
    }
  }

  /**
   * The newest snapshot that is whole, or null; `damaged` holds an error (`data_corrupt`) for each newer
   * one, to be logged. The journal can replace all of them.
   */
  async latest(): Promise<{ snapshot: Snapshot | null; damaged: HorizonError[] }> {
    const damaged: HorizonError[] = [];
    for (const name of await snapshotNames(this.#folder)) {
      const path = `${this.#folder}/${name}`;
      try {
        return { snapshot: await readSnapshot(path), damaged };
      } catch (thrown) {
        if (!(thrown instanceof HorizonError)) throw thrown;
        damaged.push(thrown);
      }
    }
    return { snapshot: null, damaged };
  }
}

/** Names of a folder's snapshot files, the newest first. */
export async function snapshotNames(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (NAME_PATTERN.test(name)) names.push(name);
  }
  return names.sort().reverse();
}

/** The snapshot of a file. Throws `data_corrupt`. */
export async function readSnapshot(path: string): Promise<Snapshot> {
  return parseSnapshot(path, await Deno.readFile(path));
}

function parseSnapshot(path: string, bytes: Uint8Array<ArrayBuffer>): Snapshot {
  const corrupt = (what: string) =>
    new HorizonError("data_corrupt", `The snapshot ${path} is damaged: ${what}`, {
      fix: "Nothing: an older snapshot or the journal takes its place.",
    });
  const header_bytes = bytes.subarray(0, HEADER_MAX_BYTES).indexOf(NEWLINE);
  if (header_bytes < 0) throw corrupt("it has no header");
  let header: unknown;
  try {
    header = JSON.parse(decoder.decode(bytes.subarray(0, header_bytes)));
  } catch {
    header = null;
  }
  if (!isHeader(header)) throw corrupt("its header can't be read");
  const state = bytes.subarray(header_bytes + 1);
  const head = { seq: header.seq, hash: header.hash };
  if (digestOf(head, state) !== header.sha256) throw corrupt("its bytes don't have its hash");
  return { head, state };
}

function isHeader(value: unknown): value is Head & { sha256: string } {
  return typeof value === "object" && value !== null &&
    "seq" in value && Number.isSafeInteger(value.seq) &&
    "hash" in value && typeof value.hash === "string" &&
    "sha256" in value && typeof value.sha256 === "string";
}

function digestOf(head: Head, state: Uint8Array): string {
  return sha256Hex(`${head.seq} ${head.hash}\n`, state);
}
