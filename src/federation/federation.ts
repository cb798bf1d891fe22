import { HorizonError } from "../base/errors.ts";
import { fetchNode } from "../client/client.ts";
import type { Checkpoint } from "../protocol/feed.ts";
import { LIMITS } from "../protocol/limits.ts";
import type {
  ConnectRequest,
  Evidence,
  NodeRecord,
  PeersView,
  SyncView,
} from "../protocol/network.ts";
import { EvidenceLocker } from "./evidence_locker.ts";
import { Exchange } from "./exchange.ts";
import type { PeerEntry } from "./files.ts";
import { Followers } from "./followers.ts";
import type { Link } from "./link.ts";
import { changesBetween, type Listings, listingsOf } from "./listings.ts";
import { checkNodeRecord, makeNodeRecord } from "./node_record.ts";
import { peerView } from "./peer_view.ts";
import { noRegistry } from "./no_registry.ts";
import { type BookOptions, PeerBook, unknownNode } from "./peer_book.ts";

export interface FederationOptions extends BookOptions {
  /** Where this registry can be reached from outside. */
  urls(): readonly string[];
  /** Its feed is for connected peers alone, and it learns of no others. */
  peers_only: boolean;
  /** The registry's own durable head. */
  head(): Checkpoint | null;
  /** A node was found to have lied. */
  onLie(evidence: Evidence): void;
}

/**
 * What this registry knows of others (DESIGN §7): whom it is connected to and learned of, a checked
 * replica of each feed, and the evidence against those who lied.
 */
export class Federation {
  readonly followers = new Followers();
  readonly #options: FederationOptions;
  readonly #locker: EvidenceLocker;
  /** Who is known. */
  readonly book: PeerBook;
  readonly #exchange: Exchange;
  #record: NodeRecord | null = null;

  /** Opens what the folder holds; nothing is asked of anyone before `start`. */
  static async open(options: FederationOptions): Promise<Federation> {
    const locker = await EvidenceLocker.open(options.files);
    const federation = new Federation(options, locker);
    await federation.book.read();
    return federation;
  }

  private constructor(options: FederationOptions, locker: EvidenceLocker) {
    this.#options = options;
    this.#locker = locker;
    this.book = new PeerBook(options, locker, (evidence) => this.convict(evidence));
    this.#exchange = new Exchange(this, options);
  }

  get node_id(): string {
    return this.#options.node.id;
  }

  get evidence(): EvidenceLocker {
    return this.#locker;
  }

  get peers_only(): boolean {
    return this.#options.peers_only;
  }

  links(): IteratorObject<Link> {
    return this.book.links();
  }

  link(node_id: string): Link | undefined {
    return this.book.link(node_id);
  }

  /** Follows every known feed, and asks peers for more, until `close`. */
  start(): void {
    this.book.follow();
    this.#exchange.start();
  }

  async close(): Promise<void> {
    await this.#exchange.close();
    await this.book.close();
    await this.#locker.settled();
  }

  /** What this registry says of itself, signed anew when its addresses change. */
  async record(): Promise<NodeRecord> {
    const urls = this.#options.urls();
    if (this.#record === null || this.#record.urls.join() !== urls.join()) {
      this.#record = await makeNodeRecord(this.#options.node, urls, this.#options.clock.now());
    }
    return this.#record;
  }

  async view(): Promise<PeersView> {
    const { clock, head, peers_only } = this.#options;
    return {
      self: await this.record(),
      head: head(),
      peers_only,
      peers: [...this.links().map((link) => peerView(link, this.followers, clock))],
      evidence: this.#locker.ids,
    };
  }

  /**
   * Connects a node at the operator's wish: asks who it is, and follows it, or pulls its feed once where
   * this registry follows nobody. Throws `own_node`,
   * `wrong_node`, `peer_not_found` (an id that nobody has told of), `quarantined`, `private_address`,
   * `network`, `timeout`, `bad_gateway` or `unsupported_version`; then nothing is changed.
   */
  async connect({ target, alias }: ConnectRequest): Promise<Link> {
    const known = this.link(target);
    if (target === this.node_id) throw ownNode();
    if (known === undefined && !target.includes("://")) throw unknownNode(target);
    const node_id = known?.node_id ?? await this.#askNode(target);
    this.book.checkAlias(alias, node_id);
    const liar = this.#locker.against(node_id);
    if (liar !== undefined) {
      throw new HorizonError("quarantined", `${node_id} has lied: ${liar.message}`, {
        fix: "See the evidence: horizon network evidence",
      });
    }
    const url = known === undefined ? target : known.entry.url;
    if (this.link(node_id) === undefined) await this.book.makeRoom();
    const there = this.link(node_id);
    const before = there === undefined ? null : { ...there.entry };
    const link = there ??
      await this.book.add({ node_id, alias, connected: true, url, record: null });
    link.entry.connected = true;
    link.entry.alias = alias ?? link.entry.alias;
    await link.moveTo(url);
    await this.book.save();
    try {
      await this.#exchange.meet(link);
    } catch (thrown) {
      await this.#unsettle(link, before);
      throw thrown;
    }
    if (this.book.isFollowing) link.start();
    else await link.pull((await link.reach()).client);
    return link;
  }

  /** Takes back what `connect` has changed. */
  async #unsettle(link: Link, before: PeerEntry | null): Promise<void> {
    if (before === null) return await this.book.disconnect(link.node_id);
    await link.moveTo(before.url);
    Object.assign(link.entry, before);
    await this.book.save();
  }

  /** Forgets a node and the replica of its feed. Throws `peer_not_found`. */
  disconnect(node_id: string): Promise<void> {
    return this.book.disconnect(node_id);
  }

  /** Pulls a node's feed now, from itself, and says what changed. Throws why it can't. */
  async sync(node_id: string): Promise<SyncView> {
    const link = this.link(node_id);
    if (link === undefined) throw unknownNode(node_id);
    const before: Listings = listingsOf(link.holder.replica.state);
    const from_seq = link.holder.replica.taken_seq;
    const reached = await link.reach();
    try {
      await link.pull(reached.client);
    } catch (thrown) {
      await link.lost(thrown, reached);
      throw thrown;
    }
    await this.#exchange.meet(link);
    const to_seq = link.holder.replica.taken_seq;
    return { node_id, from_seq, to_seq, ...changesBetween(before, link.holder.replica.state) };
  }

  /**
   * Takes the signed record of a node, new or known. Throws what is wrong with it, `peers_only`, or
   * `limit_reached`: keys are free, so few that were never reached are kept.
   */
  async introduce(record: NodeRecord): Promise<void> {
    const { node_id, urls } = record;
    if (
      node_id === this.node_id || urls.length === 0 || this.#locker.against(node_id) !== undefined
    ) return;
    const known = this.link(node_id);
    if (known !== undefined && (known.entry.record?.seq ?? -1) >= record.seq) return;
    await checkNodeRecord(record);
    if (known !== undefined) {
      known.entry.record = record;
      return await this.book.save();
    }
    if (this.peers_only) {
      throw new HorizonError("peers_only", "This registry talks to connected peers alone.");
    }
    if (!this.book.isComing(node_id) && !this.book.hasRoomForStranger()) {
      throw new HorizonError("limit_reached", "This registry knows too many nodes already.");
    }
    const link = await this.book.add({ node_id, alias: null, connected: false, url: null, record });
    await this.book.save();
    if (!this.book.isFollowing) return;
    link.start();
    this.#exchange.greet(link);
  }

  /** Keeps evidence that was checked, and follows its node no more. */
  async convict(evidence: Evidence): Promise<void> {
    if (this.#locker.against(evidence.node) === undefined) this.#options.onLie(evidence);
    // A disk that is slow or full must not leave a liar's GPUs on the list.
    this.link(evidence.node)?.quarantine(evidence.message);
    this.#options.onListings(evidence.node, null);
    await this.#locker.keep(evidence);
  }

  /** Who answers at a URL. */
  async #askNode(url: string): Promise<string> {
    const transport = await this.#options.dial(url);
    try {
      const { node_id } = await fetchNode(transport, { timeout_ms: LIMITS.peer_timeout_ms });
      if (node_id === this.node_id) throw ownNode();
      return node_id;
    } catch (thrown) {
      throw noRegistry(url, thrown);
    } finally {
      transport.close();
    }
  }
}

function ownNode(): HorizonError {
  return new HorizonError("own_node", "That is this registry itself.", {
    fix: "Name another registry.",
  });
}
