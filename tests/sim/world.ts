import { createHash, type Hash } from "node:crypto";
import { setImmediate } from "node:timers";
import type { Clock } from "../../src/base/clock.ts";
import { Heap } from "../../src/market/heap.ts";
import { Random } from "../random.ts";
import { replaceGlobals } from "./globals.ts";

/** When every world begins, in milliseconds since the Unix epoch. */
const START_AT = 1_750_000_000_000;

interface Event {
  at: number;
  n: number;
  /** Whose it is: it is dropped if that process is dead by then. */
  process: Process | null;
  label: string;
  run(): void;
}

/** A program on a simulated machine, with a clock of its own. A dead one does nothing any more. */
export class Process implements Clock {
  readonly name: string;
  readonly #world: World;
  readonly #born_ms: number;
  isAlive = true;
  /** Wall clock minus true time. */
  skew_ms: number;

  constructor(world: World, name: string, skew_ms: number) {
    this.#world = world;
    this.name = name;
    this.skew_ms = skew_ms;
    this.#born_ms = world.now_ms;
  }

  now(): number {
    return START_AT + Math.floor(this.#world.now_ms) + this.skew_ms;
  }

  monotonic(): number {
    return this.#world.now_ms - this.#born_ms;
  }
}

/**
 * Virtual time and seeded randomness for everything that runs in it: a queue of events, of which one
 * is run at a time, with all that follows from it at once, before the next. The same seed gives the
 * same run, which the trace's hash shows.
 */
export class World implements Disposable {
  readonly random: Random;
  /** Milliseconds since the world began. */
  now_ms = 0;
  /** The process whose event runs: what it sets going is its own. */
  current: Process | null = null;
  /** Told of every event that is run; for people who look at one seed. */
  onTrace: (line: string) => void = () => {};
  readonly #queue = new Heap<Event>((a, b) => a.at < b.at || (a.at === b.at && a.n < b.n));
  readonly #trace: Hash = createHash("sha256");
  readonly #cancelled = new Set<number>();
  readonly #restore: () => void;
  #n = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.#restore = replaceGlobals(this);
  }

  /** Runs something of a process's later; the number cancels it. */
  after(wait_ms: number, process: Process | null, label: string, run: () => void): number {
    const n = ++this.#n;
    this.#queue.push({ at: this.now_ms + Math.max(0, wait_ms), n, process, label, run });
    return n;
  }

  cancel(n: number): void {
    this.#cancelled.add(n);
  }

  /** Begins work of a process; what it throws is the run's failure unless the process is dead. */
  spawn<T>(process: Process, label: string, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.after(0, process, label, () => void work().then(resolve, reject));
    });
  }

  /** Resolves after a while for the process whose event runs now. */
  sleep(wait_ms: number, label = "sleep"): Promise<void> {
    return new Promise((resolve) => this.after(wait_ms, this.current, label, resolve));
  }

  /** Notes a fact in the trace. */
  note(line: string): void {
    const text = `${this.now_ms.toFixed(3)} ${line}\n`;
    this.#trace.update(text);
    this.onTrace(text);
  }

  /** Runs events until the condition holds; false if the time is up, or nothing is left, before. */
  async runUntil(isDone: () => boolean, end_ms: number): Promise<boolean> {
    await settled();
    while (!isDone()) {
      const event = this.#queue.peek();
      if (event === undefined || event.at > end_ms) return false;
      this.#queue.pop();
      if (this.#cancelled.delete(event.n) || event.process?.isAlive === false) continue;
      this.now_ms = event.at;
      this.note(`${event.process?.name ?? "world"} ${event.label}`);
      this.current = event.process;
      event.run();
      await settled();
      this.current = null;
    }
    return true;
  }

  /** The hash of all that has happened. */
  digest(): string {
    return this.#trace.copy().digest("hex");
  }

  [Symbol.dispose](): void {
    this.#restore();
  }
}

/** All microtasks have run: nothing in a world waits for anything but the queue. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
