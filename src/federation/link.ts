import type { Clock } from "../base/clock.ts";
import { HorizonError, messageOf } from "../base/errors.ts";
import type { Identity } from "../base/identity.ts";
import { fetchNode } from "../client/client.ts";
import { PeerClient } from "../client/peer_client.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { Evidence, PEER_STATES, SignedHead, TRUST } from "../protocol/network.ts";
import { isSignedBy } from "../protocol/signed.ts";
import type { Dial, PinnedTransport } from "./dial.ts";
import type { PeerEntry } from "./files.ts";
import { type Finding, Intake, type ReplicaHolder } from "./intake.ts";

/** A node that answers, and the way to it. */
export interface Reached {
  client: PeerClient;
  transport: PinnedTransport;
}

/** How a node stands, beside what its replica tells. */
export interface LinkStatus {
  state: (typeof PEER_STATES)[number];
  trust: (typeof TRUST)[number];
  reason: string | null;
  last_contact_at: number | null;
  round_trip_ms: number | null;
  /** The highest seq that it, or a peer that holds its feed, has shown. */
  shown_seq: number;
  /** Since when this registry holds less than that; null while it holds all. */
  lagging_since: number | null;
}

export interface LinkOptions {
  entry: PeerEntry;
  /** This registry's own key: what it asks as. */
  node: Identity;
  clock: Clock;
  dial: Dial;
  holder: ReplicaHolder;
  /** The node has lied; the evidence is new. */
  onEvidence(evidence: Evidence): void;
}

const FIRST_WAIT_MS = 200;
const MAX_WAIT_MS = 5_000;

/** One known node: the connection to it, and the pull of its feed, from itself or from others. */
export class Link {
  readonly entry: PeerEntry;
  readonly status: LinkStatus;
  /** Since when this registry knows of it. */
  readonly known_since: number;
  readonly holder: ReplicaHolder;
  readonly #options: LinkOptions;
  readonly #intake: Intake;
  readonly #stopped = new AbortController();
  #reached: Promise<Reached> | null = null;
  #following: Promise<void> | null = null;
  /** What the operator should know of a node that is well now. */
  #notice: string | null = null;
  /** Ends the attempt under way: its stream can't be trusted any more. */
  #attempt = new AbortController();

  constructor(options: LinkOptions) {
    this.#options = options;
    this.entry = options.entry;
    this.holder = options.holder;
    this.known_since = options.clock.now();
    this.status = {
      state: "unreachable",
      trust: "checked",
      reason: null,
      last_contact_at: null,
      round_trip_ms: null,
      shown_seq: this.holder.replica.taken_seq,
      lagging_since: null,
    };
    this.#intake = new Intake(options.entry.node_id, this.holder, options.clock);
    this.holder.onFailure = () => this.#attempt.abort();
  }

  get node_id(): string {
    return this.entry.node_id;
  }

  /** Follows the node's feed until `stop`. */
  start(): void {
    this.#following ??= this.#follow();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#attempt.abort();
    await this.#following;
    await this.#disconnect();
  }

  /** Marks the node as a liar: it is not followed any more. */
  quarantine(message: string): void {
    this.status.trust = "quarantined";
    this.status.reason = message;
    this.#halt();
  }

  /** Reaches the node somewhere else from now on. */
  async moveTo(url: string | null): Promise<void> {
    if (url === this.entry.url) return;
    this.entry.url = url;
    await this.#disconnect();
  }

  /** A connection to the node, made if there is none. Throws why it can't be reached. */
  async reach(): Promise<Reached> {
    const coming = this.#reached ??= this.#connect();
    try {
      return await coming;
    } catch (thrown) {
      if (this.#reached === coming) {
        this.#reached = null;
        this.#unreachable(thrown);
      }
      throw thrown;
    }
  }

  /** Lets a connection go that has failed, unless another has taken its place. */
  async lost(thrown: unknown, failed: Reached): Promise<void> {
    const coming = this.#reached;
    if (await coming?.catch(() => null) !== failed || this.#reached !== coming) return;
    this.#unreachable(thrown);
    await this.#disconnect();
  }

  /** Notes that the node has just answered. */
  contact(round_trip_ms?: number): void {
    this.status.last_contact_at = this.#options.clock.now();
    if (round_trip_ms !== undefined) this.status.round_trip_ms = round_trip_ms;
    if (this.status.state === "unreachable") this.#become("live", null);
  }

  /**
   * Pulls what the source has beyond this registry's replica; the source may be any node that holds the
   * feed. What is wrong with the node itself becomes evidence; what is wrong with the source is thrown.
   */
  async pull(source: PeerClient): Promise<void> {
    if (this.status.trust !== "checked") throw this.#refusal();
    this.#found(await this.#intake.pull(source));
    this.#measure();
  }

  /** Takes note of a signed head of the node's feed that a source has shown. */
  async noteHead(head: SignedHead, source: PeerClient): Promise<void> {
    if (this.status.trust !== "checked" || head.node !== this.node_id) return;
    const isOwn = source.node_id === this.node_id;
    const { taken_seq } = this.holder.replica;
    if (head.seq > taken_seq) {
      const isOld = head.seq <= this.status.shown_seq;
      // A source that makes heads up would have this registry wait for what will never come.
      if (!isOld && !await isSignedBy(head, this.node_id)) return;
      this.status.shown_seq = Math.max(this.status.shown_seq, head.seq);
      this.#measure();
      // A live stream will bring it; if it has not by the next time, something is in its way.
      if (this.status.state !== "live" || isOld) await this.pull(source);
      return;
    }
    this.#found(await this.#intake.compare(head, source));
    if (isOwn && this.status.trust === "checked") this.#noteBehind(head, taken_seq);
  }

  async #follow(): Promise<void> {
    let wait_ms = FIRST_WAIT_MS;
    while (!this.#stopped.signal.aborted && this.status.trust === "checked") {
      this.#attempt = new AbortController();
      let reached: Reached | null = null;
      try {
        reached = await this.reach();
        await this.#followOnce(reached, this.#attempt.signal);
        wait_ms = FIRST_WAIT_MS;
      } catch (thrown) {
        if (this.#stopped.signal.aborted) return;
        if (reached !== null) await this.lost(thrown, reached);
      }
      await pause(wait_ms, this.#stopped.signal);
      wait_ms = Math.min(2 * wait_ms, MAX_WAIT_MS);
    }
  }

  async #followOnce({ client }: Reached, signal: AbortSignal): Promise<void> {
    this.#become("catching_up", null);
    await this.pull(client);
    this.#become("live", null);
    const after = this.holder.replica.taken_seq;
    for await (const batch of client.tail(this.node_id, after, signal)) {
      this.contact();
      if (batch === null) continue;
      this.status.shown_seq = Math.max(this.status.shown_seq, batch.checkpoint.seq);
      this.#found(await this.#intake.take(batch, client));
      if (this.status.trust !== "checked") return;
      this.#measure();
    }
    if (!signal.aborted) await this.#disconnect();
    else await this.pull(client);
  }

  async #connect(): Promise<Reached> {
    const { clock, dial, node } = this.#options;
    const urls = new Set([this.entry.url, ...this.entry.record?.urls ?? []]);
    let failure: unknown = new HorizonError("network", "It has told no address.");
    for (const url of urls) {
      if (url === null) continue;
      try {
        const transport = await dial(url);
        try {
          const start_ms = clock.monotonic();
          const { node_id } = await fetchNode(transport, { timeout_ms: LIMITS.peer_timeout_ms });
          if (node_id !== this.node_id) throw wrongNode(url, node_id);
          this.contact(clock.monotonic() - start_ms);
          const asked = { transport, identity: node, node_id, clock };
          return { client: new PeerClient(asked), transport };
        } catch (thrown) {
          transport.close();
          throw thrown;
        }
      } catch (thrown) {
        failure = thrown;
      }
    }
    throw failure;
  }

  async #disconnect(): Promise<void> {
    const reached = this.#reached;
    this.#reached = null;
    try {
      (await reached)?.transport.close();
    } catch {
      // It was never reached.
    }
  }

  #found(finding: Finding | null): void {
    if (finding === null) return;
    if (finding.kind === "lie") {
      this.quarantine(finding.evidence.message);
      this.#options.onEvidence(finding.evidence);
    } else if (finding.kind === "unknown") {
      this.status.trust = "unverified";
      this.status.reason = finding.message;
      this.#halt();
    } else {
      this.#notice = finding.message;
      this.status.reason = finding.message;
    }
  }

  #halt(): void {
    this.status.state = "stopped";
    this.#attempt.abort();
  }

  #become(state: LinkStatus["state"], reason: string | null): void {
    if (this.status.trust !== "checked") return;
    this.status.state = state;
    this.status.reason = reason ?? this.#notice;
  }

  #unreachable(thrown: unknown): void {
    const isMine = thrown instanceof HorizonError && thrown.code === "interrupted";
    if (!isMine) this.#become("unreachable", shown(messageOf(thrown)));
  }

  /** A node that ends before what it has signed serves an old copy of its feed, or lost a disk. */
  #noteBehind(head: SignedHead, taken_seq: number): void {
    if (head.seq < taken_seq) {
      const why = `It ends at event ${head.seq}, and has signed event ${taken_seq} before.`;
      this.#become("behind", why);
    } else if (this.status.state === "behind") this.#become("live", null);
  }

  #measure(): void {
    const isLagging = this.status.shown_seq > this.holder.replica.taken_seq;
    if (!isLagging) this.status.lagging_since = null;
    else this.status.lagging_since ??= this.#options.clock.now();
  }

  #refusal(): HorizonError {
    const { trust, reason } = this.status;
    const code = trust === "quarantined" ? "quarantined" : "unsupported_version";
    return new HorizonError(code, `${this.node_id} is ${trust}: ${reason}`);
  }
}

function wrongNode(url: string, node_id: string): HorizonError {
  return new HorizonError("wrong_node", `At ${url} answers ${node_id}.`, {
    fix: "Find out why its id changed before you connect it anew.",
  });
}

/** A peer's own words, as a terminal may show them. */
function shown(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]+/gu, " ").slice(0, LIMITS.text_chars);
}

function pause(wait_ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, wait_ms);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
