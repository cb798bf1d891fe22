import { dirname } from "node:path";
import type { Random } from "../random.ts";
import { KvFile } from "./kv.ts";

/** A file, or a folder: what a name stands for. */
export interface Node {
  isFolder: boolean;
  mode: number;
  /** Its time, where it was set; it survives a crash. */
  mtime: Date | null;
  bytes: Uint8Array<ArrayBuffer>;
  /** What of the bytes a crash leaves for certain. */
  synced: Uint8Array<ArrayBuffer>;
  lockedBy: object | null;
}

/** Every path of a world's disks begins with this. */
export const SIM_ROOT = "/sim/";

/**
 * The disks of all machines: files in memory, of which a crash loses what was not synced: bytes by the
 * file's sync, names by that of their folder. Folders themselves are never lost.
 */
export class Disk {
  readonly #random: Random;
  readonly #names = new Map<string, Node>();
  /** What stands under a name since its folder was synced, where that is another thing; null: nothing. */
  readonly #before = new Map<string, Node | null>();
  readonly #kv = new Map<string, KvFile>();
  /** Bound of what a sync takes. */
  readonly #slow_ms: number;
  /** Told of each commit of a KV file that begins, and how long it takes. */
  onCommit: (path: string, wait_ms: number) => void = () => {};

  constructor(random: Random) {
    this.#random = random;
    this.#slow_ms = random.below(3) === 0 ? 200 : 8;
    this.makeFolder(SIM_ROOT.slice(0, -1), 0o700);
  }

  /** How long the next sync takes. */
  sync_ms(): number {
    return 1 + this.#random.below(this.#slow_ms);
  }

  find(path: string): Node {
    const node = this.#names.get(path);
    if (node === undefined) throw new Deno.errors.NotFound(`no such file: ${path}`);
    return node;
  }

  has(path: string): boolean {
    return this.#names.has(path);
  }

  /** The names in a folder. */
  children(folder: string): string[] {
    const start = `${folder}/`;
    return [...this.#names.keys()].filter((path) =>
      path.startsWith(start) && !path.slice(start.length).includes("/")
    ).sort();
  }

  makeFolder(path: string, mode: number): void {
    for (let at = path; !this.#names.has(at) && at !== "/"; at = dirname(at)) {
      this.#names.set(at, node(true, mode));
    }
  }

  makeFile(path: string, mode: number): Node {
    if (!this.#names.has(dirname(path))) throw new Deno.errors.NotFound(`no folder for ${path}`);
    const made = node(false, mode);
    this.#put(path, made);
    return made;
  }

  link(from: string, to: string): void {
    if (this.#names.has(to)) throw new Deno.errors.AlreadyExists(`there is a file: ${to}`);
    this.#put(to, this.find(from));
  }

  rename(from: string, to: string): void {
    const moved = this.find(from);
    this.#put(from, null);
    this.#put(to, moved);
  }

  /** Removes a file, or a folder with all in it. */
  remove(path: string): void {
    this.find(path);
    for (const one of [...this.#names.keys()]) {
      if (one === path || one.startsWith(`${path}/`)) this.#put(one, null);
    }
    for (const one of [...this.#kv.keys()]) {
      if (one === path || one.startsWith(`${path}/`)) this.#kv.delete(one);
    }
  }

  /** What a sync of a file or a folder makes durable. */
  sync(path: string): void {
    const synced = this.#names.get(path);
    if (synced === undefined) return;
    if (!synced.isFolder) synced.synced = synced.bytes.slice();
    for (const one of [...this.#before.keys()]) if (dirname(one) === path) this.#before.delete(one);
  }

  /** The KV file of a path, made where there is none; SQLite syncs its names itself. */
  kv(path: string): KvFile {
    if (!this.#names.has(path)) this.#names.set(path, node(false, 0o600));
    const file = this.#kv.get(path) ?? new KvFile(() => {
      const wait_ms = this.sync_ms();
      this.onCommit(path, wait_ms);
      return wait_ms;
    });
    this.#kv.set(path, file);
    return file;
  }

  /** A machine stops: the seed says what of the unsynced is lost. */
  crash(folder: string): void {
    const start = `${folder}/`;
    for (const [path, before] of [...this.#before]) {
      if (!path.startsWith(start)) continue;
      this.#before.delete(path);
      if (this.#random.below(2) === 0) continue;
      if (before === null) this.#names.delete(path);
      else this.#names.set(path, before);
    }
    for (const [path, one] of this.#names) {
      if (!path.startsWith(start) || one.isFolder) continue;
      one.lockedBy = null;
      // A file that grew may have lost any part of what was added.
      const kept = this.#random.below(one.bytes.length + 1);
      const isGrown = one.bytes.length >= one.synced.length;
      one.bytes = isGrown ? one.bytes.slice(0, Math.max(kept, one.synced.length)) : one.synced;
      one.synced = one.bytes.slice();
    }
    for (const [path, file] of this.#kv) {
      if (path.startsWith(start)) file.crash((count) => this.#random.below(count + 1));
    }
  }

  #put(path: string, next: Node | null): void {
    const before = this.#names.get(path) ?? null;
    if (!this.#before.has(path) && !(before ?? next)?.isFolder) this.#before.set(path, before);
    if (next === null) this.#names.delete(path);
    else this.#names.set(path, next);
  }
}

function node(isFolder: boolean, mode: number): Node {
  return {
    isFolder,
    mode,
    mtime: null,
    bytes: new Uint8Array(),
    synced: new Uint8Array(),
    lockedBy: null,
  };
}
