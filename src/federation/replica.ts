import { HorizonError } from "../base/errors.ts";
import { sha256Hex } from "../base/hash.ts";
import { canonicalBytes } from "../base/json.ts";
import type { SignatureVerdict, SignedBytes } from "../base/signatures.ts";
import {
  deserialize,
  type Effects,
  emptyState,
  evolve,
  type MarketState,
  Redecider,
  serialize,
  type SignedEvent,
} from "../market/market.ts";
import type { Checkpoint, FeedEvent } from "../protocol/feed.ts";
import { prevOf } from "../protocol/evidence.ts";
import type { FeedBatch } from "../protocol/feed_lines.ts";
import { LIMITS } from "../protocol/limits.ts";
import { BATCH_SPACE, recordSpace } from "../store/batch.ts";
import { EMPTY_HEAD } from "../store/checkpoint.ts";
import { FeedTail } from "../store/feed_tail.ts";
import type { Journal } from "../store/journal.ts";
import { replay } from "../store/replay.ts";
import type { Snapshots } from "../store/snapshots.ts";

/** Checks the signatures of many, off the thread where it can. */
export interface SignatureChecks {
  verify(signed: SignedBytes[]): Promise<SignatureVerdict[]>;
}

/** What a replica lies on: a journal and snapshots of its own. */
export interface ReplicaStore {
  readonly journal: Journal;
  readonly snapshots: Pick<Snapshots, "latest" | "write">;
  /** What it takes on the disk. */
  sizeBytes(): Promise<number>;
  close(): void;
}

export interface ReplicaOptions {
  /** The node whose feed it is. */
  node_id: string;
  store: ReplicaStore;
  checks: SignatureChecks;
  /** Told which GPUs changed, once that is durable. */
  onChange(gpu_ids: ReadonlySet<string>): void;
  /** Told that something which was taken is refused. */
  onFailure(): void;
  /** Told that a snapshot can't be written: the next start is slower, and nothing is lost. */
  onSnapshotFailure(thrown: unknown): void;
}

/** A commit that was decided again, on its way to the disk. */
interface Pending {
  records: Uint8Array[];
  checkpoint: Checkpoint;
  space: number;
  signed: readonly SignedEvent[];
  verdicts: Promise<SignatureVerdict[]>;
  gpu_ids: ReadonlySet<string>;
}

/** Commits that may be on their way before more is taken: enough to keep Worker and disk busy. */
const MAX_PENDING = 48;
const encoder = new TextEncoder();

/**
 * Another registry's feed and the state that it comes to (DESIGN §7): chain, signatures and every
 * transition checked before it is kept. While one commit is decided, the signatures of the one before
 * are checked and those before that are written.
 */
export class Replica {
  readonly node_id: string;
  readonly tail: FeedTail;
  readonly #options: ReplicaOptions;
  #redecider: Redecider;
  #changed = new Set<string>();
  #queue: Pending[] = [];
  #running: Promise<void> | null = null;
  #failure: unknown = null;
  #epoch: number;
  #snapshot_seq: number;
  #room: (() => void)[] = [];

  /** The replica of a store. Throws `data_corrupt`. */
  static async open(options: ReplicaOptions): Promise<Replica> {
    const loaded = await load(options);
    return new Replica(options, loaded.state, loaded.snapshot_seq);
  }

  private constructor(options: ReplicaOptions, state: MarketState, snapshot_seq: number) {
    const { journal } = options.store;
    this.#options = options;
    this.node_id = options.node_id;
    this.tail = new FeedTail(journal);
    this.#redecider = this.#redecide(state);
    this.#epoch = journal.head?.epoch ?? 0;
    this.#snapshot_seq = snapshot_seq;
  }

  /** The last durable checkpoint; null before the first. */
  get head(): Checkpoint | null {
    return this.#options.store.journal.head;
  }

  get journal(): Journal {
    return this.#options.store.journal;
  }

  /** The state after all that was decided; the last of it may not be durable yet. */
  get state(): MarketState {
    return this.#redecider.state;
  }

  /** Seq of the last event that was taken. */
  get taken_seq(): number {
    return this.#redecider.head.seq;
  }

  /** Whether a commit goes on where this replica ends. */
  continues({ texts }: FeedBatch): boolean {
    return prevOf(texts[0] ?? "") === this.#redecider.head.hash;
  }

  /**
   * Takes a commit that continues the feed, and returns once there is room for the next. Throws what
   * the commit, or one before it, failed by: `feed_false`, `unsupported_version`, `disk_full`, … After
   * that the replica takes nothing until `reload`.
   */
  async take(batch: FeedBatch): Promise<void> {
    this.#throwFailure();
    try {
      this.#queue.push(this.#decide(batch));
    } catch (thrown) {
      this.#failure ??= thrown;
      throw thrown;
    }
    this.#running ??= this.#run();
    while (this.#queue.length >= MAX_PENDING && this.#failure === null) {
      await new Promise<void>((resolve) => this.#room.push(resolve));
    }
    this.#throwFailure();
  }

  /** Resolves when all that was taken is durable. Throws like `take`. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
    this.#throwFailure();
  }

  /** Goes back to what is durable, after a failure. */
  async reload(): Promise<void> {
    while (this.#running !== null) await this.#running;
    await this.journal.reload();
    const { state } = await load(this.#options);
    this.#redecider = this.#redecide(state);
    this.#epoch = this.head?.epoch ?? 0;
    this.#queue = [];
    this.#changed = new Set();
    this.#failure = null;
  }

  /** Writes what is on its way, and a snapshot if the next start would be slow without one. */
  async close(): Promise<void> {
    while (this.#running !== null) await this.#running;
    if (this.#failure === null) await this.#snapshot(1_000);
    this.#options.store.close();
  }

  #decide(batch: FeedBatch): Pending {
    const { texts, checkpoint } = batch;
    if (checkpoint.epoch < this.#epoch) {
      throw batchFalse(checkpoint, `its epoch ${checkpoint.epoch} comes after ${this.#epoch}`);
    }
    const signed = this.#redecider.take(texts);
    const { head, isWhole } = this.#redecider;
    if (!isWhole || head.seq !== checkpoint.seq || head.hash !== checkpoint.hash) {
      throw batchFalse(checkpoint, "the checkpoint is not that of its events");
    }
    this.#epoch = checkpoint.epoch;
    const { sig, ...rest } = checkpoint;
    const bytes = canonicalBytes(rest);
    const verdicts = this.#options.checks.verify([
      { actor: this.node_id, sig, bytes },
      ...signed.map(({ actor, sig, bytes }) => ({ actor, sig, bytes })),
    ]);
    verdicts.catch(() => undefined);
    const records = texts.map((text) => encoder.encode(text));
    const space = records.reduce((sum, record) => sum + recordSpace(record), 0);
    const gpu_ids = this.#changed;
    this.#changed = new Set();
    return { records, checkpoint, space, signed, verdicts, gpu_ids };
  }

  async #run(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        await this.#commit();
        if (this.#queue.length === 0) await this.#snapshot(LIMITS.snapshot_every_events);
      }
    } catch (thrown) {
      this.#failure ??= thrown;
      this.#queue = [];
      this.#options.onFailure();
    }
    this.#running = null;
    this.#wake();
  }

  /** Writes as many commits as fit into one, once their signatures are known to be good. */
  async #commit(): Promise<void> {
    const group: Pending[] = [];
    let space = 0;
    for (const pending of [...this.#queue]) {
      if (group.length > 0 && space + pending.space > BATCH_SPACE) break;
      checkVerdicts(pending, await pending.verdicts);
      group.push(pending);
      space += pending.space;
    }
    const last = group.at(-1);
    if (last === undefined) return;
    await this.journal.append(group.flatMap(({ records }) => records), last.checkpoint);
    this.#queue = this.#queue.slice(group.length);
    this.#wake();
    for (const { gpu_ids } of group) if (gpu_ids.size > 0) this.#options.onChange(gpu_ids);
  }

  async #snapshot(min_events: number): Promise<void> {
    const { head } = this.#redecider;
    if (head.seq !== (this.head?.seq ?? 0) || head.seq - this.#snapshot_seq < min_events) return;
    // One that fails is not tried at once again: the disk is full, and more events are on their way.
    this.#snapshot_seq = head.seq;
    try {
      await this.#options.store.snapshots.write(head, serialize(this.state));
    } catch (thrown) {
      this.#options.onSnapshotFailure(thrown);
    }
  }

  #redecide(state: MarketState): Redecider {
    const head = this.head ?? EMPTY_HEAD;
    return new Redecider(this.node_id, state, head, (_event: FeedEvent, effects: Effects) => {
      for (const gpu_id of effects.changed_gpus) this.#changed.add(gpu_id);
    });
  }

  #wake(): void {
    const waiting = this.#room;
    this.#room = [];
    for (const resolve of waiting) resolve();
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}

/** The durable state: what lies there was checked before it was written. */
async function load({ store }: ReplicaOptions): Promise<{
  state: MarketState;
  snapshot_seq: number;
}> {
  const { snapshot } = await store.snapshots.latest();
  const head = snapshot?.head ?? EMPTY_HEAD;
  const state = snapshot === null ? emptyState() : deserialize(snapshot.state);
  await replay(store.journal, head, (event) => void evolve(state, event));
  return { state, snapshot_seq: head.seq };
}

function checkVerdicts({ signed, checkpoint }: Pending, verdicts: SignatureVerdict[]): void {
  const bad = verdicts.findIndex((verdict) => verdict !== "valid");
  if (bad < 0 && verdicts.length === signed.length + 1) return;
  if (bad === 0) throw batchFalse(checkpoint, "its checkpoint is not signed by its node");
  const seq = signed[bad - 1]?.seq ?? checkpoint.seq;
  throw new HorizonError("feed_false", `Event ${seq}: its intent is not signed by its actor.`, {
    details: { seq },
  });
}

function batchFalse({ seq }: Checkpoint, why: string): HorizonError {
  return new HorizonError("feed_false", `The commit up to event ${seq} is false: ${why}.`, {
    details: { seq },
  });
}

/** The hash of a durable event of a journal; null if it isn't there. */
export async function hashAt(journal: Journal, seq: number): Promise<string | null> {
  if (seq === 0) return EMPTY_HEAD.hash;
  if (seq === journal.head?.seq) return journal.head.hash;
  for await (const { bytes } of journal.read({ after_seq: seq - 1, limit: 1 })) {
    return sha256Hex(bytes);
  }
  return null;
}
