import type { Clock } from "../base/clock.ts";
import { HorizonError } from "../base/errors.ts";
import type { PeerClient } from "../client/peer_client.ts";
import { forkMessage, objectionTo } from "../protocol/evidence.ts";
import type { Checkpoint } from "../protocol/feed.ts";
import type { FeedBatch } from "../protocol/feed_lines.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { Evidence, SignedHead } from "../protocol/network.ts";
import { isSignedBy } from "../protocol/signed.ts";
import { hashAt, type Replica } from "./replica.ts";

/** The replica of a node's feed, which is made anew where the feed begins anew. */
export interface ReplicaHolder {
  readonly replica: Replica;
  /** Throws the replica away and begins an empty one. */
  restart(): Promise<void>;
  /** Does so because it can't be read, and logs it. Throws what says that the disk is full. */
  discard(thrown: unknown): Promise<void>;
  sizeBytes(): Promise<number>;
  /** What it may take on the disk. */
  readonly max_bytes: number;
  /** Called when the replica has refused something that was taken. */
  onFailure: () => void;
}

/** What was found out about a node by its feed. */
export type Finding =
  | { kind: "lie"; evidence: Evidence }
  | { kind: "unknown"; message: string }
  | { kind: "restarted"; message: string };

/** How much may come before the replica's size on the disk is looked at again. */
const MEASURE_EVERY_CHARS = 1024 * 1024;
const decoder = new TextDecoder();

/** Takes one node's feed into its replica from any source, and tells lies from garbage. */
export class Intake {
  readonly #node_id: string;
  readonly #holder: ReplicaHolder;
  readonly #clock: Clock;
  #restarted_ms = -Infinity;
  /** What has come since the replica's size was looked at. */
  #unmeasured_chars = MEASURE_EVERY_CHARS;
  /** One source at a time: they would give the same commits twice. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(node_id: string, holder: ReplicaHolder, clock: Clock) {
    this.#node_id = node_id;
    this.#holder = holder;
    this.#clock = clock;
  }

  /** Pulls all that the source has beyond the replica. Throws what is wrong with the source. */
  pull(source: PeerClient): Promise<Finding | null> {
    return this.#inTurn(async () => {
      const finding = await this.#pullAll(source);
      if (finding !== null) return finding;
      return await this.#settled(source);
    });
  }

  /** Takes a commit that the source has sent, be it old, next, or ahead by a gap. */
  take(batch: FeedBatch, source: PeerClient): Promise<Finding | null> {
    return this.#inTurn(async () => {
      const first_seq = batch.checkpoint.seq - batch.texts.length + 1;
      if (first_seq > this.#replica.taken_seq + 1) return await this.#pullAll(source);
      return await this.#takeOne(batch, source);
    });
  }

  /** Compares a signed head that is no news with the replica. */
  compare(head: SignedHead, source: PeerClient): Promise<Finding | null> {
    return this.#inTurn(() => this.#compare(head, source));
  }

  get #replica(): Replica {
    return this.#holder.replica;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #pullAll(source: PeerClient): Promise<Finding | null> {
    let finding: Finding | null = null;
    for (;;) {
      const count = await source.pull(this.#node_id, this.#replica.taken_seq, async (batch) => {
        // Else a source that gives the same over and over would be asked for ever.
        if (batch.checkpoint.seq <= this.#replica.taken_seq) {
          throw this.#garbage(source, "it gives what was not asked for");
        }
        finding = await this.#takeOne(batch, source);
        return finding === null;
      });
      if (finding !== null || count === 0) return finding;
    }
  }

  /** Waits for the disk, so that a lie at the end is known too. */
  async #settled(source: PeerClient): Promise<Finding | null> {
    try {
      await this.#replica.idle();
      return null;
    } catch (thrown) {
      return await this.#judge(thrown, source);
    }
  }

  async #takeOne(batch: FeedBatch, source: PeerClient): Promise<Finding | null> {
    const { checkpoint } = batch;
    const { taken_seq } = this.#replica;
    if (checkpoint.seq <= taken_seq) return null;
    const first_seq = checkpoint.seq - batch.texts.length + 1;
    const texts = batch.texts.slice(Math.max(0, taken_seq + 1 - first_seq));
    const rest = { texts, checkpoint };
    await this.#admit(rest);
    if (!this.#replica.continues(rest)) return await this.#diverged(rest, source);
    try {
      await this.#replica.take(rest);
      return null;
    } catch (thrown) {
      return await this.#judge(thrown, source);
    }
  }

  /** Refuses what is too much, or dated later than any honest clock says. It convicts nobody. */
  async #admit({ texts, checkpoint }: FeedBatch): Promise<void> {
    // A time before that of the event before it is found by the replica.
    const at = Number(/^\{"at":(\d{1,16}),/.exec(texts.at(-1) ?? "")?.[1] ?? 0);
    const ahead_ms = at - this.#clock.now();
    if (ahead_ms > LIMITS.clock_jump_ms) {
      throw new HorizonError(
        "clock_jumped",
        `Event ${checkpoint.seq} of ${this.#node_id} is dated ${Math.round(ahead_ms / 60_000)} ` +
          "minutes after this registry's clock: one of the two clocks is wrong.",
        { fix: "Set this machine's clock, or wait until its time has come." },
      );
    }
    this.#unmeasured_chars += texts.reduce((sum, text) => sum + text.length, 0);
    if (this.#unmeasured_chars < MEASURE_EVERY_CHARS) return;
    this.#unmeasured_chars = 0;
    const { max_bytes } = this.#holder;
    if (await this.#holder.sizeBytes() <= max_bytes) return;
    // Until it was measured again, not even a little more.
    this.#unmeasured_chars = MEASURE_EVERY_CHARS;
    throw new HorizonError(
      "limit_reached",
      `The feed of ${this.#node_id} takes more than the ${max_bytes} bytes that a peer's may here.`,
    );
  }

  /**
   * The replica has refused what came from a source. The same is asked for again, one commit at a time,
   * to know which it was: one that its node has signed is a lie of the node's (or by rules that this
   * version doesn't know), any other garbage of the source's.
   */
  async #judge(thrown: unknown, source: PeerClient): Promise<Finding | null> {
    await this.#reading(() => this.#replica.reload());
    if (!isJudged(thrown)) throw thrown;
    for (;;) {
      const batch = await this.#firstAfter(this.#replica.taken_seq, source);
      if (batch === null) throw this.#garbage(source, "what was false is not there any more");
      await this.#admit(batch);
      if (!this.#replica.continues(batch)) return await this.#diverged(batch, source);
      const a = this.#replica.head;
      try {
        await this.#replica.take(batch);
        await this.#replica.idle();
      } catch (again) {
        await this.#reading(() => this.#replica.reload());
        if (!isJudged(again)) throw again;
        const { checkpoint, texts } = batch;
        const evidence = this.#evidence("transition", a, checkpoint, texts, again.message);
        const lie = await this.#convicted(evidence, source);
        if (again.code === "feed_false") return lie;
        return { kind: "unknown", message: evidence.message };
      }
    }
  }

  /** A signed commit that doesn't go on where the replica ends. */
  async #diverged(batch: FeedBatch, source: PeerClient): Promise<Finding | null> {
    await this.#replica.idle();
    const mine = this.#replica.head;
    const { checkpoint } = batch;
    if (mine === null) throw this.#garbage(source, "its first event follows something");
    if (!await isSignedBy(checkpoint, this.#node_id)) {
      throw this.#garbage(source, "a checkpoint is not signed by its node");
    }
    if (checkpoint.epoch > mine.epoch) return await this.#restart(checkpoint, source);
    if (checkpoint.epoch < mine.epoch) throw this.#garbage(source, "it holds an older epoch");
    const other = await this.#firstAfter(mine.seq - 1, source);
    if (other === null) throw this.#garbage(source, "its events don't hang together");
    return await this.#convicted(
      this.#evidence("fork", mine, other.checkpoint, other.texts, forkMessage(mine)),
      source,
    );
  }

  async #compare(head: SignedHead, source: PeerClient): Promise<Finding | null> {
    await this.#replica.idle();
    const mine = this.#replica.head;
    const hash = await this.#reading(() => hashAt(this.#replica.journal, head.seq));
    if (mine === null || hash === null || hash === head.hash) return null;
    if (!await isSignedBy(head, this.#node_id)) {
      throw this.#garbage(source, "a head is not signed by its node");
    }
    if (head.epoch > mine.epoch) return await this.#restart(head, source);
    for await (const batch of this.#replica.journal.batches(head.seq - 1)) {
      if (batch.checkpoint.epoch !== head.epoch) return null;
      const texts = batch.records.map((bytes) => decoder.decode(bytes));
      return await this.#convicted(
        this.#evidence("fork", head, batch.checkpoint, texts, forkMessage(head)),
        source,
      );
    }
    return null;
  }

  /** Reads the replica's own files. One that is damaged is begun anew, and the attempt with it. */
  async #reading<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (thrown) {
      await this.#holder.discard(thrown);
      const message = `The replica of ${this.#node_id} was damaged, and is fetched anew.`;
      throw new HorizonError("data_corrupt", message, { cause: thrown });
    }
  }

  /** A node that was restored begins a new epoch: what it has lost is given up here too. */
  async #restart(head: SignedHead, source: PeerClient): Promise<Finding> {
    const now_ms = this.#clock.monotonic();
    if (now_ms - this.#restarted_ms < LIMITS.replica_restart_ms) {
      throw new HorizonError("rate_limited", `${this.#node_id} begins new epochs too often.`);
    }
    this.#restarted_ms = now_ms;
    const before = this.#replica.head;
    await this.#holder.restart();
    const finding = await this.#pullAll(source) ?? await this.#settled(source);
    if (finding !== null) return finding;
    const message =
      `It was restored: epoch ${head.epoch} gives up what epoch ${before?.epoch} had ` +
      `up to event ${before?.seq}.`;
    return { kind: "restarted", message };
  }

  /** The source's first commit after a seq; null where it has none. */
  async #firstAfter(seq: number, source: PeerClient): Promise<FeedBatch | null> {
    let first: FeedBatch | null = null;
    await source.pull(this.#node_id, seq, (batch) => {
      const first_seq = batch.checkpoint.seq - batch.texts.length + 1;
      first = { ...batch, texts: batch.texts.slice(Math.max(0, seq + 1 - first_seq)) };
      return false;
    });
    return first;
  }

  #evidence(
    kind: Evidence["kind"],
    a: Checkpoint | null,
    b: Checkpoint,
    events: string[],
    message: string,
  ): Evidence {
    const text = message.slice(0, LIMITS.text_chars);
    const found_at = this.#clock.now();
    return { v: 1, kind, node: this.#node_id, a, b, events, message: text, found_at };
  }

  /** What proves nothing against the node was made up by the source. */
  async #convicted(evidence: Evidence, source: PeerClient): Promise<Finding> {
    const objection = await objectionTo(evidence);
    if (objection !== null) throw this.#garbage(source, objection);
    return { kind: "lie", evidence };
  }

  #garbage(source: PeerClient, why: string): HorizonError {
    const message = `${source.node_id} gave a false copy of the feed of ${this.#node_id}: ${why}.`;
    return new HorizonError("bad_gateway", message);
  }
}

/** Whether the replica has refused an event for what it says, and not for a disk that is full. */
function isJudged(thrown: unknown): thrown is HorizonError {
  return thrown instanceof HorizonError &&
    (thrown.code === "feed_false" || thrown.code === "unsupported_version");
}
