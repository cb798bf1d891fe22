import { type Disk, type Node, SIM_ROOT } from "./disk.ts";
import type { World } from "./world.ts";

type Replace = (name: string, value: unknown) => void;

/** What of `Deno.OpenOptions` the store uses. */
type How = Pick<Deno.OpenOptions, "append" | "create" | "createNew" | "truncate" | "mode">;

/** An open file: what of `Deno.FsFile` the store uses. A sync takes a while, all else no time. */
class SimFile {
  #at = 0;
  readonly #path: string;
  readonly #node: Node;
  readonly #disk: Disk;
  readonly #world: World;

  constructor(path: string, node: Node, disk: Disk, world: World) {
    this.#path = path;
    this.#node = node;
    this.#disk = disk;
    this.#world = world;
  }

  get readable(): ReadableStream<Uint8Array> {
    return ReadableStream.from(
      [this.#node.bytes.slice(this.#at)].filter(({ length }) => length > 0),
    );
  }

  write(bytes: Uint8Array): Promise<number> {
    const node = this.#node;
    const whole = new Uint8Array(Math.max(node.bytes.length, this.#at + bytes.length));
    whole.set(node.bytes);
    whole.set(bytes, this.#at);
    node.bytes = whole;
    this.#at += bytes.length;
    return Promise.resolve(bytes.length);
  }

  truncate(size = 0): Promise<void> {
    this.#node.bytes = this.#node.bytes.slice(0, size);
    this.#node.synced = this.#node.synced.slice(0, size);
    return Promise.resolve();
  }

  seek(offset: number): Promise<number> {
    this.#at = offset;
    return Promise.resolve(offset);
  }

  utime(_atime: number, mtime_s: number): Promise<void> {
    this.#node.mtime = new Date(mtime_s * 1000);
    return Promise.resolve();
  }

  async sync(): Promise<void> {
    await this.#world.sleep(this.#disk.sync_ms(), `sync ${this.#path}`);
    this.#disk.sync(this.#path);
  }

  tryLock(): Promise<boolean> {
    if (this.#node.lockedBy !== null) return Promise.resolve(false);
    this.#node.lockedBy = this;
    return Promise.resolve(true);
  }

  close(): void {
    if (this.#node.lockedBy === this) this.#node.lockedBy = null;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Puts the world's disks in the place of the machine's, for the paths that are theirs. */
export function replaceFiles(disk: Disk, world: World): () => void {
  const undo: (() => void)[] = [];
  const replace: Replace = (name, value) => {
    const before = Reflect.get(Deno, name);
    const both = (path: unknown, ...rest: unknown[]) =>
      Reflect.apply(isOurs(path) ? ours(value) : before, Deno, [path, ...rest]);
    const set = (value: unknown) =>
      Object.defineProperty(Deno, name, { value, configurable: true, writable: true });
    set(both);
    undo.push(() => set(before));
  };
  replaceReads(disk, replace);
  replaceWrites(disk, replace);
  replace("open", async (path: string, how: How = {}) => {
    await Promise.resolve();
    return new SimFile(path, opened(path, how, disk), disk, world);
  });
  return () => {
    for (const one of undo.reverse()) one();
  };
}

function replaceReads(disk: Disk, replace: Replace): void {
  const decoder = new TextDecoder();
  replace("readFile", async (path: string) => {
    await Promise.resolve();
    return disk.find(path).bytes.slice();
  });
  replace("readTextFile", async (path: string) => {
    await Promise.resolve();
    return decoder.decode(disk.find(path).bytes);
  });
  replace("readDir", async function* (path: string) {
    await Promise.resolve();
    disk.find(path);
    for (const child of disk.children(path)) {
      const { isFolder } = disk.find(child);
      const name = child.slice(path.length + 1);
      yield { name, isFile: !isFolder, isDirectory: isFolder, isSymlink: false };
    }
  });
  replace("stat", async (path: string) => {
    await Promise.resolve();
    const { isFolder, mode, mtime, bytes } = disk.find(path);
    return { isFile: !isFolder, isDirectory: isFolder, size: bytes.length, mode, mtime };
  });
}

function replaceWrites(disk: Disk, replace: Replace): void {
  const encoder = new TextEncoder();
  const change = (name: string, work: (...args: never[]) => void) =>
    replace(name, async (...args: never[]) => {
      await Promise.resolve();
      work(...args);
    });
  change("mkdir", (path: string, { mode = 0o755 }: Deno.MkdirOptions) => {
    disk.makeFolder(path, mode);
  });
  change("chmod", (path: string, mode: number) => {
    disk.find(path).mode = mode;
  });
  change("utime", (path: string, _atime: number, mtime_s: number) => {
    disk.find(path).mtime = new Date(mtime_s * 1000);
  });
  change("rename", (from: string, to: string) => disk.rename(from, to));
  change("link", (from: string, to: string) => disk.link(from, to));
  change("remove", (path: string) => disk.remove(path));
  change("writeTextFile", (path: string, text: string, how: How = {}) => {
    const node = opened(path, { create: true, truncate: !how.append, ...how }, disk);
    node.bytes = new Uint8Array([...node.bytes, ...encoder.encode(text)]);
  });
}

/** What lies under a path after it was opened like this. */
function opened(path: string, how: How, disk: Disk): Node {
  const { create = false, createNew = false, truncate = false, mode = 0o666 } = how;
  if (createNew && disk.has(path)) {
    throw new Deno.errors.AlreadyExists(`there is a file: ${path}`);
  }
  const node = (create || createNew) && !disk.has(path)
    ? disk.makeFile(path, mode)
    : disk.find(path);
  if (truncate) node.bytes = new Uint8Array();
  return node;
}

function isOurs(path: unknown): path is string {
  return typeof path === "string" && path.startsWith(SIM_ROOT);
}

function ours(value: unknown): (...args: unknown[]) => unknown {
  if (typeof value !== "function") throw new Error("a file function was replaced by none");
  return (...args) => Reflect.apply(value, null, args);
}
