import { HorizonError } from "../base/errors.ts";
import type { PeerClient } from "../client/peer_client.ts";
import { forkMessage, objectionTo } from "../protocol/evidence.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { Evidence, PeersView } from "../protocol/network.ts";
import { falseStep } from "./false_step.ts";
import type { Federation, FederationOptions } from "./federation.ts";
import type { Link } from "./link.ts";

/**
 * The talk with peers: every few seconds some of them are asked whom they know, how far the feeds that
 * they hold are, and what evidence they have.
 */
export class Exchange {
  readonly #federation: Federation;
  readonly #options: FederationOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #round: Promise<void> = Promise.resolve();
  #isClosed = false;
  /** Talks with nodes that were just learned of. */
  readonly #first = new Set<Promise<void>>();
  /** When a peer's evidence is read again, where it was of no use. */
  readonly #next_read_ms = new WeakMap<Link, number>();
  /** Where the next round goes on among all known nodes. */
  #next = 0;

  constructor(federation: Federation, options: FederationOptions) {
    this.#federation = federation;
    this.#options = options;
  }

  start(): void {
    this.#schedule(0);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#round;
    await Promise.all(this.#first);
  }

  /** Talks with a node that was just learned of, in the background: it may know others. */
  greet(link: Link): void {
    if (this.#isClosed) return;
    const talk = this.#ask(link).finally(() => this.#first.delete(talk));
    this.#first.add(talk);
  }

  /** Talks with one node now. Throws why it can't. */
  async meet(link: Link): Promise<void> {
    const reached = await link.reach();
    try {
      await this.#talk(link, reached.client);
    } catch (thrown) {
      await link.lost(thrown, reached);
      throw thrown;
    }
  }

  async #talk(link: Link, client: PeerClient): Promise<void> {
    const { clock } = this.#options;
    const start_ms = clock.monotonic();
    const view = await client.peers();
    if (view.self.node_id !== link.node_id) throw wrongNode(link.node_id, view.self.node_id);
    link.contact(clock.monotonic() - start_ms);
    await this.#introduceSelf(view, client);
    await this.#learn(view, client);
  }

  #schedule(wait_ms: number): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#round = this.#run().finally(() => this.#schedule(LIMITS.peer_round_ms));
    }, wait_ms);
  }

  async #run(): Promise<void> {
    if (!this.#options.keeps_book()) {
      await this.#attempt("reading the book of peers", () => this.#federation.book.read());
    }
    await this.#attempt("opening replicas", () => this.#federation.book.openRest());
    const asked = this.#choose();
    await Promise.all(asked.map((link) => this.#ask(link)));
    await this.#attempt("forgetting strangers", () => this.#federation.book.forgetStrangers());
  }

  async #ask(link: Link): Promise<void> {
    try {
      await this.meet(link);
    } catch (thrown) {
      if (!(thrown instanceof HorizonError)) this.#options.onFailure("talking to a peer", thrown);
    }
  }

  /** The next ones in turn, but not those who have lied. */
  #choose(): Link[] {
    const links = [...this.#federation.links()].filter(({ status }) =>
      status.trust !== "quarantined"
    );
    const count = Math.min(LIMITS.peers_per_round, links.length);
    const chosen: Link[] = [];
    for (let i = 0; i < count; i++) {
      const link = links[(this.#next + i) % links.length];
      if (link !== undefined) chosen.push(link);
    }
    this.#next = links.length === 0 ? 0 : (this.#next + count) % links.length;
    return chosen;
  }

  /** A peer that doesn't know this registry, or an old record of it, is told. */
  async #introduceSelf(view: PeersView, client: PeerClient): Promise<void> {
    const record = await this.#federation.record();
    // Nobody could follow one that has no address.
    if (record.urls.length === 0) return;
    const theirs = view.peers.find(({ node_id }) => node_id === record.node_id)?.record;
    if ((theirs?.seq ?? -1) >= record.seq) return;
    await this.#attemptPolitely(() => client.introduce(record));
  }

  async #learn(view: PeersView, client: PeerClient): Promise<void> {
    const federation = this.#federation;
    for (const { record } of [{ record: view.self }, ...view.peers]) {
      if (record !== null) await this.#attemptPolitely(() => federation.introduce(record));
    }
    const heads = [{ node_id: client.node_id, head: view.head }, ...view.peers];
    for (const { node_id, head } of heads) {
      if (head === null) continue;
      await this.#attemptPolitely(async () => {
        await federation.link(node_id)?.noteHead(head, client);
      });
    }
    await this.#readEvidence(view, client);
  }

  /**
   * Reads the evidence that a peer has and this registry lacks. Where some of it is still lacking after
   * that, it could not be judged here or proves nothing, and the peer is asked again after a while only.
   */
  async #readEvidence({ evidence: ids }: PeersView, client: PeerClient): Promise<void> {
    const { evidence } = this.#federation;
    const isNews = () => ids.some((id) => !evidence.has(id));
    const now_ms = this.#options.clock.monotonic();
    const link = this.#federation.link(client.node_id);
    if (link === undefined || !isNews() || now_ms < (this.#next_read_ms.get(link) ?? 0)) return;
    this.#next_read_ms.set(link, now_ms + LIMITS.evidence_again_ms);
    for (const { evidence } of (await client.evidence()).evidence) await this.#weigh(evidence);
    if (!isNews()) this.#next_read_ms.delete(link);
  }

  /**
   * Evidence from others is checked here before it counts, and told in this registry's own words. Keys
   * are free, so what is said of nodes that this registry doesn't know is not kept.
   */
  async #weigh(evidence: Evidence): Promise<void> {
    const { node, kind, b } = evidence;
    const link = this.#federation.link(node);
    if (link === undefined || this.#federation.evidence.against(node) !== undefined) return;
    if (await objectionTo(evidence) !== null) return;
    const message = kind === "fork"
      ? forkMessage(evidence.a ?? b)
      : await falseStep(evidence, link.holder.replica, this.#options.checks);
    if (message === null) return;
    await this.#federation.convict({ ...evidence, message, found_at: this.#options.clock.now() });
  }

  /** What is wrong with one node must not keep the rest from being heard. */
  async #attemptPolitely(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      if (!(thrown instanceof HorizonError)) throw thrown;
    }
  }

  async #attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      this.#options.onFailure(what, thrown);
    }
  }
}

function wrongNode(node_id: string, other_id: string): HorizonError {
  return new HorizonError("wrong_node", `${node_id} says that it is ${other_id}.`);
}
