import { encodeBase64Url } from "@std/encoding/base64url";
import { HorizonError } from "../../base/errors.ts";
import type { LeaderRecord } from "../../protocol/leader.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { LeaderLease } from "../../store/leader_lease.ts";
import type { Services } from "../services.ts";
import { checkNode } from "../state_loader.ts";
import { followJournal } from "./tail.ts";
import { Turns } from "./turns.ts";

/** The parts of a registry that leading and following are made of. */
type Parts = Pick<Services, "store" | "sequencer" | "node" | "log">;

/** What becoming the leader needs besides the lease. */
export interface Leading {
  /** Brings up what only a leader has: before it writes. */
  prepare(): Promise<void>;
  /** Begins to write after the state, which is at the journal's head; resolves when it is durable. */
  begin(): Promise<void>;
}

const TOKEN_BYTES = 32;
/** Renewals in a term: one may fail and another still comes in time. */
const RENEWALS_PER_TERM = 3;
/** A store that is away is asked less often. */
const AWAY_MS = 5 * LIMITS.follow_ms;

/**
 * One process among those of a registry on a shared store: it follows the journal, and leads while it
 * holds the lease. It steps down by itself before a term ends that it could not renew.
 */
export class Leadership {
  readonly #lease: LeaderLease;
  readonly #parts: () => Parts;
  readonly #leading: Leading;
  readonly #turns = new Turns();
  readonly #forward_token = encodeBase64Url(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)));
  #leads = false;
  #url = "";
  #running: Promise<void> | null = null;
  #isClosed = false;
  #watch: ReturnType<typeof setTimeout> | undefined;
  #shown: string | null = null;
  #change = new AbortController();
  /** Code of what is wrong with the store, so that it is logged once. */
  #trouble: string | null = null;

  /** `parts` are asked for once it has joined: they are put together with it. */
  constructor(lease: LeaderLease, parts: () => Parts, leading: Leading) {
    this.#lease = lease;
    this.#parts = parts;
    this.#leading = leading;
  }

  /** True while this process orders the market. */
  get leads(): boolean {
    return this.#leads && this.#lease.held !== null;
  }

  /** The process that leads, if another one does. */
  get leader(): LeaderRecord | null {
    const { leader, holder } = this.#lease;
    return leader?.holder === holder ? null : leader;
  }

  /** What a request of another process carries: a secret. */
  get forward_token(): string {
    return this.#forward_token;
  }

  /** Aborted when another process leads, or this one begins or ends to. */
  get changed(): AbortSignal {
    return this.#change.signal;
  }

  /** Looks for news now, rather than at the next turn. */
  nudge(): void {
    this.#turns.wake();
  }

  /**
   * Takes part under a URL at which the others reach this process. Resolves once it leads, or follows
   * a leader and has caught up. Throws `key_mismatch`, and what the store throws at the first look.
   */
  async join(url: string): Promise<void> {
    this.#url = url;
    const { sequencer } = this.#parts();
    for (;;) {
      await this.#turn();
      if (this.leads || (this.leader !== null && sequencer.head.seq > 0)) break;
      if (this.#isClosed) return;
      await this.#turns.wait(LIMITS.follow_ms);
    }
    this.#running = this.#run();
  }

  /** Takes no more turns, and gives the lease back once `settle` has written what it writes. */
  async close(settle: () => Promise<void>): Promise<void> {
    this.#isClosed = true;
    this.#turns.end();
    await this.#running;
    clearTimeout(this.#watch);
    await settle();
    this.#leads = false;
    await this.#lease.release().catch((thrown) => this.#tell(thrown));
    this.#show();
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.#turn();
        this.#tell(null);
      } catch (thrown) {
        this.#tell(thrown);
      }
      await this.#turns.wait(this.#pause_ms());
    }
  }

  #pause_ms(): number {
    if (this.#trouble !== null && !this.#leads) return AWAY_MS;
    if (this.#trouble !== null || !this.#leads) return LIMITS.follow_ms;
    return this.#lease.term_ms / RENEWALS_PER_TERM;
  }

  async #turn(): Promise<void> {
    if (this.#leads) {
      const isKept = await this.#lease.renew();
      if (isKept) this.#arm();
      else if (this.#leads) this.#stepDown();
      return;
    }
    await this.#follow();
    this.#show();
  }

  async #follow(): Promise<void> {
    const lease = this.#lease;
    const { store, sequencer, node } = this.#parts();
    await Promise.all([lease.look(), followJournal(store.journal, sequencer)]);
    const { state } = sequencer;
    if (lease.leader !== null) checkNode(store, node.id, lease.leader.node_id);
    if (state.seq > 0) checkNode(store, node.id, state.node);
    if (lease.leader === null && !this.#isClosed) await this.#stand();
  }

  /** Takes the lease and then the market; nobody else writes from the one on. */
  async #stand(): Promise<void> {
    const lease = this.#lease;
    const { store, sequencer, node, log } = this.#parts();
    const candidate = { node_id: node.id, url: this.#url, forward_token: this.#forward_token };
    if (!await lease.take(candidate)) return;
    this.#arm();
    const renewing = setInterval(() => {
      lease.renew().then(() => this.#arm(), () => undefined);
    }, lease.term_ms / RENEWALS_PER_TERM);
    try {
      await this.#leading.prepare();
      await followJournal(store.journal, sequencer);
      if (lease.held?.epoch !== store.journal.epoch) throw notLeading();
      await this.#leading.begin();
      if (lease.held === null) throw notLeading();
      this.#leads = true;
      log.info("leading", { epoch: store.journal.epoch, seq: sequencer.head.seq });
    } catch (thrown) {
      this.#stepDown();
      throw thrown;
    } finally {
      clearInterval(renewing);
    }
  }

  /** Steps down when the term ends, unless it is renewed until then. */
  #arm(): void {
    clearTimeout(this.#watch);
    const lease = this.#lease;
    if (lease.held === null) return;
    this.#watch = setTimeout(() => {
      if (lease.held === null) this.#stepDown();
      else this.#arm();
    }, lease.left_ms);
  }

  #stepDown(): void {
    const { sequencer, log } = this.#parts();
    clearTimeout(this.#watch);
    this.#lease.drop();
    if (this.#leads) log.info("stepped_down", { seq: sequencer.feed.head.seq });
    this.#leads = false;
    sequencer.stepDown(notLeading());
    this.#show();
    this.#turns.wake();
  }

  /** Tells those who wait when it is another process that leads. */
  #show(): void {
    const { leader, holder } = this.#lease;
    const now = this.leads ? `${holder} leads` : leader && `${leader.holder} ${leader.epoch}`;
    if (now === this.#shown) return;
    this.#shown = now;
    const change = this.#change;
    this.#change = new AbortController();
    change.abort();
  }

  #tell(thrown: unknown): void {
    const code = thrown === null ? null : thrown instanceof HorizonError ? thrown.code : "internal";
    if (code === this.#trouble) return;
    const was = this.#trouble;
    this.#trouble = code;
    if (code !== null) this.#parts().log.failure("taking part on the shared store", thrown);
    else if (was !== null) this.#parts().log.info("store_back", { after: was });
  }
}

function notLeading(): HorizonError {
  return new HorizonError("no_leader", "This process leads the registry no more.", {
    fix: "Try again in a moment.",
  });
}
