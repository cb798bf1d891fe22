import type { Process, World } from "./world.ts";

interface Stored {
  key: Deno.KvKey;
  value: unknown;
  versionstamp: string;
}

interface Write {
  key: Deno.KvKey;
  /** Undefined deletes. */
  value?: unknown;
}

/** A commit that is not on the disk yet. */
interface Waiting {
  checks: Deno.AtomicCheck[];
  writes: Write[];
}

/** What of a KV file is on the disk. */
export class KvFile {
  readonly #entries = new Map<string, Stored>();
  /** All names in order. */
  #names: string[] = [];
  readonly #begin: () => number;
  #version = 0;
  #waiting: Waiting[] = [];

  /** `begin` is called with each commit, and says how long it takes. */
  constructor(begin: () => number) {
    this.#begin = begin;
  }

  get(key: Deno.KvKey): Stored | undefined {
    return this.#entries.get(nameOf(key));
  }

  /** The entries of a range, in order. */
  range(selector: Deno.KvListSelector): Stored[] {
    const [from, to] = boundsOf(selector);
    return this.#names.filter((name) => name >= from && name < to).flatMap((name) => {
      const entry = this.#entries.get(name);
      return entry === undefined ? [] : [entry];
    });
  }

  /** Takes a commit that a crash may lose until `apply`; in how many milliseconds that is. */
  enqueue(waiting: Waiting): number {
    this.#waiting.push(waiting);
    return this.#begin();
  }

  /** Brings a commit to the disk; null if a check fails. */
  apply(waiting: Waiting): string | null {
    this.#waiting = this.#waiting.filter((one) => one !== waiting);
    const isStale = waiting.checks.some(({ key, versionstamp }) =>
      (this.get(key)?.versionstamp ?? null) !== versionstamp
    );
    if (isStale) return null;
    const versionstamp = String(++this.#version).padStart(20, "0");
    for (const { key, value } of waiting.writes) this.#put(key, value, versionstamp);
    return versionstamp;
  }

  /** The machine stops: of the commits under way the first so many are on the disk, the others lost. */
  crash(survivors: (count: number) => number): void {
    const waiting = this.#waiting;
    for (const one of waiting.slice(0, survivors(waiting.length))) this.apply(one);
    this.#waiting = [];
  }

  /** Changes an entry, or deletes it (undefined), behind everyone's back. */
  tamper(key: Deno.KvKey, value: unknown): void {
    this.#put(key, value, String(++this.#version).padStart(20, "0"));
  }

  #put(key: Deno.KvKey, value: unknown, versionstamp: string): void {
    const name = nameOf(key);
    if (value === undefined) {
      if (this.#entries.delete(name)) this.#names = this.#names.filter((one) => one !== name);
      return;
    }
    if (!this.#entries.has(name)) this.#names.splice(placeIn(this.#names, name), 0, name);
    const kept = value instanceof Uint8Array ? value.slice() : value;
    this.#entries.set(name, { key: [...key], value: kept, versionstamp });
  }
}

/** A process's way to a KV file: what the journal and the archive use of Deno KV, with an fsync's delay. */
export class SimKv implements Deno.Kv {
  readonly #file: KvFile;
  readonly #world: World;
  readonly #process: Process | null;

  constructor(file: KvFile, world: World) {
    this.#file = file;
    this.#world = world;
    this.#process = world.current;
  }

  get<T>(key: Deno.KvKey): Promise<Deno.KvEntryMaybe<T>> {
    return Promise.resolve(entryOf<T>(key, this.#file.get(key)));
  }

  list<T>(selector: Deno.KvListSelector, options: Deno.KvListOptions = {}): Deno.KvListIterator<T> {
    const found = this.#file.range(selector);
    if (options.reverse) found.reverse();
    return new SimList<T>(found.slice(0, options.limit ?? found.length));
  }

  atomic(): Deno.AtomicOperation {
    return new SimAtomic((waiting) => this.#commit(waiting));
  }

  #commit(waiting: Waiting): Promise<Deno.KvCommitResult | Deno.KvCommitError> {
    const { promise, resolve } = Promise.withResolvers<Deno.KvCommitResult | Deno.KvCommitError>();
    const wait_ms = this.#file.enqueue(waiting);
    this.#world.after(wait_ms, this.#process, "commit", () => {
      const versionstamp = this.#file.apply(waiting);
      resolve(versionstamp === null ? { ok: false } : { ok: true, versionstamp });
    });
    return promise;
  }

  close(): void {}
  [Symbol.dispose](): void {}

  getMany(): never {
    throw unused();
  }
  set(): never {
    throw unused();
  }
  delete(): never {
    throw unused();
  }
  enqueue(): never {
    throw unused();
  }
  listenQueue(): never {
    throw unused();
  }
  watch(): never {
    throw unused();
  }
  commitVersionstamp(): never {
    throw unused();
  }
}

class SimAtomic implements Deno.AtomicOperation {
  readonly #waiting: Waiting = { checks: [], writes: [] };
  readonly #commit: (waiting: Waiting) => Promise<Deno.KvCommitResult | Deno.KvCommitError>;

  constructor(commit: (waiting: Waiting) => Promise<Deno.KvCommitResult | Deno.KvCommitError>) {
    this.#commit = commit;
  }

  check(...checks: Deno.AtomicCheck[]): this {
    this.#waiting.checks.push(...checks);
    return this;
  }

  set(key: Deno.KvKey, value: unknown): this {
    this.#waiting.writes.push({ key, value });
    return this;
  }

  delete(key: Deno.KvKey): this {
    this.#waiting.writes.push({ key });
    return this;
  }

  commit(): Promise<Deno.KvCommitResult | Deno.KvCommitError> {
    return this.#commit(this.#waiting);
  }

  mutate(): never {
    throw unused();
  }
  sum(): never {
    throw unused();
  }
  min(): never {
    throw unused();
  }
  max(): never {
    throw unused();
  }
  enqueue(): never {
    throw unused();
  }
}

class SimList<T> implements Deno.KvListIterator<T> {
  readonly cursor = "";
  readonly #left: Iterator<Stored>;

  constructor(found: readonly Stored[]) {
    this.#left = found[Symbol.iterator]();
  }

  next(): Promise<IteratorResult<Deno.KvEntry<T>, undefined>> {
    const { done, value } = this.#left.next();
    if (done) return Promise.resolve({ done: true, value: undefined });
    // Deno KV promises a type that nobody has checked; whoever reads checks it.
    return Promise.resolve({ done: false, value: { ...value, value: value.value as T } });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

function entryOf<T>(key: Deno.KvKey, stored: Stored | undefined): Deno.KvEntryMaybe<T> {
  if (stored === undefined) return { key, value: null, versionstamp: null };
  return { key, value: stored.value as T, versionstamp: stored.versionstamp };
}

/** A text that orders as the key does. */
function nameOf(key: Deno.KvKey): string {
  return key.map((part) => {
    if (typeof part === "string") return `2${part}\u0000`;
    if (typeof part === "number" && part >= 0) return `3${String(part).padStart(16, "0")}\u0000`;
    throw new Error(`no key of the store has the part ${String(part)}`);
  }).join("");
}

/** The first name of a range, and the first after it. */
function boundsOf(selector: Deno.KvListSelector): [string, string] {
  const prefix = "prefix" in selector ? nameOf(selector.prefix) : "";
  const start = "start" in selector ? nameOf(selector.start) : prefix;
  const end = "end" in selector ? nameOf(selector.end) : `${prefix}\uffff`;
  return [start, end];
}

/** Where a name belongs in an ordered list. */
function placeIn(names: readonly string[], name: string): number {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((names[middle] ?? "") < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

function unused(): Error {
  return new Error("the store doesn't use this of Deno KV");
}
