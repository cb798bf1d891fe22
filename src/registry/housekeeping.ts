import { type MarketState, serialize } from "../market/market.ts";
import { LIMITS } from "../protocol/limits.ts";
import { refuseMoves } from "./arrivals.ts";
import type { Services } from "./services.ts";

/** How often it looks after everything, at least; a deadline calls it earlier. */
const ROUND_MS = 1_000;
/** A close writes a snapshot if the start would otherwise have more events than this to replay. */
const CLOSE_SNAPSHOT_EVENTS = 1_000;

/**
 * What happens by the passing of time: deadlines, ticks, clearings, silence, expiry, the archive,
 * snapshots.
 */
export class Housekeeping {
  readonly #services: Services;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #round: Promise<void> = Promise.resolve();
  #snapshot_seq: number;
  #isClosed = false;
  readonly #closing = new AbortController();
  #expiry: Promise<void> = Promise.resolve();
  #next_expiry_ms = -Infinity;

  constructor(services: Services) {
    this.#services = services;
    this.#snapshot_seq = services.sequencer.snapshot_seq;
  }

  /** Begins at once, since much may have become due, and goes on until `close`. */
  start(): void {
    this.#schedule(0);
  }

  /** Begins to look for artefacts whose time is over, now and then: it may take long, so nothing waits. */
  #expire(): void {
    const { artefacts, clock, leads } = this.#services;
    if (!leads() || clock.monotonic() < this.#next_expiry_ms) return;
    this.#next_expiry_ms = Infinity;
    this.#expiry = this.#attempt(
      "artefacts",
      () => artefacts.expire(this.#services, this.#closing.signal),
    ).then(() => {
      this.#next_expiry_ms = clock.monotonic() + LIMITS.artefact_round_ms;
    });
  }

  /** One round. What fails is logged, and tried again in the next round. */
  run(): Promise<void> {
    this.#round = this.#round.then(async () => {
      if (this.#services.leads()) await this.#orderMarket();
      await this.#attempt("archive", () => this.#settle());
      this.#expire();
      await this.#attempt("snapshot", () => this.#snapshot(LIMITS.snapshot_every_events));
    });
    return this.#round;
  }

  /** What only the process that leads may do. */
  async #orderMarket(): Promise<void> {
    await this.#attempt("deadlines", () => this.#passTime());
    await this.#services.closings.run();
    await this.#attempt("a clearing round", () => this.#clear());
    await this.#attempt("moves", () => refuseMoves(this.#services));
    await this.#attempt("liveness", () => this.#tellSilent());
    await this.#attempt("challenges", () => this.#services.challenges.sweepOut());
    await this.#attempt("checkpoints", () => {
      return this.#services.artefacts.dropSuperseded(this.#services);
    });
    await this.#attempt("proofs", () => this.#services.schedule.round(this.#state()));
  }

  /** Ends the rounds, and leaves the folder so that the next start is quick. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#round;
    this.#closing.abort();
    await this.#expiry;
    if (this.#services.leads()) await this.#services.closings.run();
    await this.#attempt("archive", () => this.#settle());
    await this.#attempt("snapshot", () => this.#snapshot(CLOSE_SNAPSHOT_EVENTS));
  }

  #schedule(wait_ms: number): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => this.run().finally(() => this.#schedule(this.#wait())), wait_ms);
  }

  #wait(): number {
    const { sequencer, challenges, leads } = this.#services;
    if (!leads()) return ROUND_MS;
    const market_ms = sequencer.untilDeadline() ?? ROUND_MS;
    const proof_ms = challenges.untilDeadline() ?? ROUND_MS;
    return Math.min(ROUND_MS, Math.max(0, market_ms), proof_ms);
  }

  #state(): MarketState {
    return this.#services.sequencer.state;
  }

  #clear(): Promise<void> {
    const { rounds, sequencer, nodeIntents } = this.#services;
    return rounds.run(sequencer.state, nodeIntents);
  }

  #passTime(): void {
    const { sequencer, clock } = this.#services;
    const { state } = sequencer;
    const until_ms = sequencer.untilDeadline();
    if (until_ms !== null && until_ms <= 0) sequencer.advance();
    const isTicking = state.settings.mode === "served" && state.live_leases.size > 0;
    if (isTicking && clock.now() - sequencer.state.at >= LIMITS.tick_ms) {
      sequencer.advance({ type: "tick", data: {} });
    }
  }

  /** Tells the market of GPUs whose daemons have gone silent. */
  async #tellSilent(): Promise<void> {
    const { sequencer, presence, nodeIntents } = this.#services;
    if (sequencer.state.settings.mode === "embedded") return;
    const online = sequencer.state.gpus.values().filter((gpu) => gpu.online);
    const silent = presence.silent(online.map(({ gpu_id }) => gpu_id));
    await Promise.all(
      silent.map((one) => nodeIntents.submit("gpu.liveness", { ...one, online: false })),
    );
  }

  #settle(): Promise<void> {
    return this.#services.projector.settle(this.#services.sequencer.feed.head.seq);
  }

  async #snapshot(min_events: number): Promise<void> {
    const { sequencer, store, projector } = this.#services;
    const { head } = sequencer;
    if (head.seq - this.#snapshot_seq < min_events) return;
    const bytes = serialize(sequencer.state);
    await sequencer.feed.whenDurable(head.seq);
    // The archive comes first: a snapshot ahead of it would leave events that nobody projects.
    await projector.flush(head.seq);
    await store.snapshots.write(head, bytes);
    this.#snapshot_seq = head.seq;
  }

  async #attempt(what: string, work: () => void | Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      this.#services.log.failure(what, thrown);
    }
  }
}
