import type { Clock } from "../base/clock.ts";
import { HorizonError } from "../base/errors.ts";
import { LeaderRecord } from "../protocol/leader.ts";
import { LIMITS } from "../protocol/limits.ts";
import { KEYS } from "./keys.ts";
import type { KvStore } from "./kv.ts";

/** What one process says of itself when it takes the lease. */
export type Candidate = Pick<LeaderRecord, "node_id" | "url" | "forward_token">;

/** The lease as this process last saw it. */
interface Sighting {
  record: LeaderRecord | null;
  /** Versionstamp of the entry; null where there is none. */
  stamp: string | null;
  /** When this versionstamp was first seen here, on this machine's monotonic clock. */
  since_ms: number;
}

/** Share of its term after which a holder that could not renew stops: clocks don't run alike. */
const STOP_SHARE = 0.9;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * The lease of the leader among several processes of one registry (DESIGN §4). It is an entry of the
 * shared store that its holder writes anew; whoever has seen the same versionstamp for a whole term, by
 * a clock of its own, may take it, and with it begins the journal's next epoch in the same commit. No
 * clock is ever compared with another machine's.
 */
export class LeaderLease {
  readonly #kv: KvStore;
  readonly #clock: Clock;
  readonly #term_ms: number;
  readonly #holder: string;
  #seen: Sighting | null = null;
  /** Set while this process holds the lease: until when, on the monotonic clock. */
  #held: { record: LeaderRecord; until_ms: number } | null = null;
  /** Counts the times it was dropped: what was asked before must not bring it back. */
  #drops = 0;

  /** `holder` names this process; another one after each start. */
  constructor(kv: KvStore, clock: Clock, options: { holder: string; term_ms?: number }) {
    this.#kv = kv;
    this.#clock = clock;
    this.#holder = options.holder;
    this.#term_ms = options.term_ms ?? LIMITS.leader_lease_ms;
  }

  /** The name of this process. */
  get holder(): string {
    return this.#holder;
  }

  /** How long a lease lasts after its last renewal. */
  get term_ms(): number {
    return this.#term_ms;
  }

  /** The lease that this process holds, as far as it can know without asking; else null. */
  get held(): LeaderRecord | null {
    if (this.left_ms <= 0) this.#held = null;
    return this.#held?.record ?? null;
  }

  /** How long this process may still act as the leader without a renewal; 0 if it doesn't hold it. */
  get left_ms(): number {
    return this.#held === null ? 0 : Math.max(0, this.#held.until_ms - this.#clock.monotonic());
  }

  /** The leader that was last seen, if its term isn't over by this process's clock; else null. */
  get leader(): LeaderRecord | null {
    const seen = this.#seen;
    if (seen === null || seen.record === null || seen.record.released) return null;
    // What this process held and dropped is free for it: nobody else can have it.
    if (seen.record.holder === this.#holder) return this.held;
    return this.#clock.monotonic() - seen.since_ms >= this.#term_ms ? null : seen.record;
  }

  /** Reads the lease. Throws `data_corrupt` for an entry that is none, and what the store throws. */
  async look(): Promise<void> {
    const { value, versionstamp } = await this.#kv.get(KEYS.leader());
    if (this.#seen !== null && this.#seen.stamp === versionstamp) return;
    this.#see(versionstamp === null ? null : parseRecord(value), versionstamp);
  }

  /**
   * Takes the lease if it is free as of the last look. The journal's next epoch begins with it, unless
   * nobody has ever held it. False where somebody else was faster.
   */
  async take(candidate: Candidate): Promise<boolean> {
    const seen = this.#seen;
    if (seen === null || this.leader !== null) return false;
    const asked = this.#question();
    const { value, versionstamp } = await this.#kv.get(KEYS.epoch());
    const before = versionstamp === null ? 1 : Number(value);
    const epoch = seen.stamp === null ? before : before + 1;
    const record: LeaderRecord = {
      v: 1,
      holder: this.#holder,
      ...candidate,
      epoch,
      renewals: 0,
      released: false,
    };
    const result = await this.#kv.atomic()
      .check({ key: KEYS.leader(), versionstamp: seen.stamp })
      .check({ key: KEYS.epoch(), versionstamp })
      .set(KEYS.leader(), bytesOf(record))
      .set(KEYS.epoch(), epoch)
      .commit();
    if (!result.ok) return false;
    this.#hold(record, result.versionstamp, asked);
    return this.held !== null;
  }

  /**
   * Renews the lease that this process holds; the term counts from before the question. False once it
   * is lost for good. A failure of the store is thrown, and leaves it as it was.
   */
  async renew(): Promise<boolean> {
    const record = this.held;
    if (record === null) return false;
    return await this.#write({ ...record, renewals: record.renewals + 1 }) ||
      await this.#writeAgain(record);
  }

  /** Stops holding it without a word to the others: they take it at the end of its term. */
  drop(): void {
    this.#held = null;
    this.#drops++;
  }

  /** Gives the lease back, so that another process needn't wait for its end. */
  async release(): Promise<void> {
    const record = this.held;
    this.drop();
    if (record === null || this.#seen === null) return;
    const { stamp } = this.#seen;
    const released = { ...record, renewals: record.renewals + 1, released: true };
    await this.#kv.atomic().check({ key: KEYS.leader(), versionstamp: stamp })
      .set(KEYS.leader(), bytesOf(released)).commit();
  }

  async #write(record: LeaderRecord): Promise<boolean> {
    const asked = this.#question();
    const result = await this.#kv.atomic()
      .check({ key: KEYS.leader(), versionstamp: this.#seen?.stamp ?? null })
      .set(KEYS.leader(), bytesOf(record)).commit();
    if (result.ok) this.#hold(record, result.versionstamp, asked);
    return result.ok;
  }

  /** The versionstamp may be that of a renewal of its own whose answer was lost. */
  async #writeAgain({ holder, epoch }: LeaderRecord): Promise<boolean> {
    await this.look();
    const now = this.#seen?.record;
    if (now?.holder === holder && now.epoch === epoch && !now.released) {
      if (await this.#write({ ...now, renewals: now.renewals + 1 })) return true;
    }
    this.#held = null;
    return false;
  }

  #question(): { at_ms: number; drops: number } {
    return { at_ms: this.#clock.monotonic(), drops: this.#drops };
  }

  #hold(record: LeaderRecord, stamp: string, asked: { at_ms: number; drops: number }): void {
    this.#see(record, stamp);
    if (asked.drops !== this.#drops) return;
    this.#held = { record, until_ms: asked.at_ms + STOP_SHARE * this.#term_ms };
  }

  #see(record: LeaderRecord | null, stamp: string | null): void {
    this.#seen = { record, stamp, since_ms: this.#clock.monotonic() };
  }
}

function bytesOf(record: LeaderRecord): Uint8Array {
  return encoder.encode(JSON.stringify(record));
}

function parseRecord(value: unknown): LeaderRecord {
  try {
    if (!(value instanceof Uint8Array)) throw new Error("it is not made of bytes");
    return LeaderRecord.parse(JSON.parse(decoder.decode(value)));
  } catch {
    // The cause would quote the entry, which holds a secret.
    throw new HorizonError(
      "data_corrupt",
      "The leader's entry in the shared store can't be read.",
      {
        fix: "Run the same version of Horizon on every machine.",
      },
    );
  }
}
