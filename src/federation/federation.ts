import type { Clock } from "../base/clock.ts";
import { HorizonError } from "../base/errors.ts";
import type { Identity } from "../base/identity.ts";
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
import type { Dial } from "./dial.ts";
import { EvidenceLocker } from "./evidence_locker.ts";
import { Exchange } from "./exchange.ts";
import type { FederationFiles, PeerEntry } from "./files.ts";
import { Followers } from "./followers.ts";
import { Link } from "./link.ts";
import { changesBetween, type Listings, listingsOf } from "./listings.ts";
import { checkNodeRecord, makeNodeRecord } from "./node_record.ts";
import { peerView } from "./peer_view.ts";
import { noRegistry } from "./no_registry.ts";
import { openHolder } from "./replica_holder.ts";
import type { SignatureChecks } from "./replica.ts";

export interface FederationOptions {
  node: Identity;
  clock: Clock;
  files: FederationFiles;
  dial: Dial;
  checks: SignatureChecks;
  /** Where this registry can be reached from outside. */
  urls(): readonly string[];
  /** Its feed is for connected peers alone, and it learns of no others. */
  peers_only: boolean;
  /**
   * Whether this process keeps the book of peers. Of several processes of one registry the leader does,
   * and the others read it again and again.
   */
  keeps_book(): boolean;
  /** What one peer's feed may take on the disk; without it, `LIMITS.replica_bytes`. */
  replica_bytes?: number;
  /** The registry's own durable head. */
  head(): Checkpoint | null;
  /** GPUs of a node changed; null: all of them may have. */
  onListings(node_id: string, gpu_ids: ReadonlySet<string> | null): void;
  /** A node was found to have lied. */
  onLie(evidence: Evidence): void;
  onFailure(what: string, thrown: unknown): void;
}

/**
 * What this registry knows of others (DESIGN §7): whom it is connected to and learned of, a checked
 * replica of each feed, and the evidence against those who lied.
 */
export class Federation {
  readonly followers = new Followers();
  readonly #options: FederationOptions;
  readonly #locker: EvidenceLocker;
  readonly #links = new Map<string, Link>();
  /** Links whose replica is being opened. */
  readonly #coming = new Map<string, Promise<Link>>();
  /** Nodes of the book whose replica can't be opened now: it is tried again. */
  readonly #unopened = new Map<string, PeerEntry>();
  /** Replicas that are being closed and removed: only then may there be another one. */
  readonly #going = new Map<string, Promise<void>>();
  readonly #exchange: Exchange;
  #record: NodeRecord | null = null;
  #isFollowing = false;

  /** Opens what the folder holds; nothing is asked of anyone before `start`. */
  static async open(options: FederationOptions): Promise<Federation> {
    const locker = await EvidenceLocker.open(options.files);
    const federation = new Federation(options, locker);
    await federation.readBook();
    return federation;
  }

  private constructor(options: FederationOptions, locker: EvidenceLocker) {
    this.#options = options;
    this.#locker = locker;
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
    return this.#links.values();
  }

  link(node_id: string): Link | undefined {
    return this.#links.get(node_id);
  }

  /** Follows every known feed, and asks peers for more, until `close`. */
  start(): void {
    this.#isFollowing = true;
    for (const link of this.#links.values()) link.start();
    this.#exchange.start();
  }

  async close(): Promise<void> {
    await this.#exchange.close();
    await Promise.all(this.#links.values().map((link) => link.stop()));
    await Promise.all(this.#links.values().map((link) => link.holder.replica.close()));
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
      peers: [...this.#links.values().map((link) => peerView(link, this.followers, clock))],
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
    const known = this.#links.get(target);
    if (target === this.node_id) throw ownNode();
    if (known === undefined && !target.includes("://")) throw unknownNode(target);
    const node_id = known?.node_id ?? await this.#askNode(target);
    this.#checkAlias(alias, node_id);
    const liar = this.#locker.against(node_id);
    if (liar !== undefined) {
      throw new HorizonError("quarantined", `${node_id} has lied: ${liar.message}`, {
        fix: "See the evidence: horizon network evidence",
      });
    }
    const url = known === undefined ? target : known.entry.url;
    if (!this.#links.has(node_id)) await this.#makeRoom();
    const there = this.#links.get(node_id);
    const before = there === undefined ? null : { ...there.entry };
    const link = there ??
      await this.#add({ node_id, alias, connected: true, url, record: null });
    link.entry.connected = true;
    link.entry.alias = alias ?? link.entry.alias;
    await link.moveTo(url);
    await this.save();
    try {
      await this.#exchange.meet(link);
    } catch (thrown) {
      await this.#unsettle(link, before);
      throw thrown;
    }
    if (this.#isFollowing) link.start();
    else await link.pull((await link.reach()).client);
    return link;
  }

  /** Takes back what `connect` has changed. */
  async #unsettle(link: Link, before: PeerEntry | null): Promise<void> {
    if (before === null) return await this.disconnect(link.node_id);
    await link.moveTo(before.url);
    Object.assign(link.entry, before);
    await this.save();
  }

  /** Forgets a node and the replica of its feed. Throws `peer_not_found`. */
  async disconnect(node_id: string): Promise<void> {
    const link = this.#links.get(node_id);
    if (link === undefined && !this.#unopened.delete(node_id)) throw unknownNode(node_id);
    this.#links.delete(node_id);
    const going = this.#drop(node_id, link).finally(() => this.#going.delete(node_id));
    this.#going.set(node_id, going);
    await going;
    await this.save();
    this.#options.onListings(node_id, null);
  }

  async #drop(node_id: string, link: Link | undefined): Promise<void> {
    await link?.stop();
    await link?.holder.replica.close();
    await this.#options.files.dropReplica(node_id);
  }

  /** Pulls a node's feed now, from itself, and says what changed. Throws why it can't. */
  async sync(node_id: string): Promise<SyncView> {
    const link = this.#links.get(node_id);
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
    const known = this.#links.get(node_id);
    if (known !== undefined && (known.entry.record?.seq ?? -1) >= record.seq) return;
    await checkNodeRecord(record);
    if (known !== undefined) {
      known.entry.record = record;
      return await this.save();
    }
    if (this.peers_only) {
      throw new HorizonError("peers_only", "This registry talks to connected peers alone.");
    }
    if (!this.#coming.has(node_id) && !this.#hasRoomForStranger()) {
      throw new HorizonError("limit_reached", "This registry knows too many nodes already.");
    }
    const link = await this.#add({ node_id, alias: null, connected: false, url: null, record });
    await this.save();
    if (!this.#isFollowing) return;
    link.start();
    this.#exchange.greet(link);
  }

  /** Takes the nodes that the book has and this process doesn't know, and lets go whom it has no more. */
  async readBook(): Promise<void> {
    const entries = await this.#options.files.readPeers();
    const written = new Set(entries.map(({ node_id }) => node_id));
    for (const { entry } of [...this.#links.values()]) {
      const isLetGo = entry.connected && !written.has(entry.node_id);
      // What was learned of since by this process is in no book; a leader's own book is its links.
      if (isLetGo && !this.#options.keeps_book()) await this.disconnect(entry.node_id);
    }
    for (const entry of entries) {
      const known = this.#links.get(entry.node_id);
      if (known !== undefined) {
        known.entry.connected = entry.connected;
        known.entry.alias = entry.alias;
        continue;
      }
      await this.#addKnown(entry);
    }
  }

  /** Opens the replicas that could not be opened before. */
  async openRest(): Promise<void> {
    for (const entry of [...this.#unopened.values()]) await this.#addKnown(entry);
  }

  /** Forgets the nodes that were learned of and never reached. */
  async forgetStrangers(): Promise<void> {
    const now = this.#options.clock.now();
    const isOld = (link: Link) => now - link.known_since > LIMITS.peer_stranger_ms;
    for (const link of [...this.#links.values()]) {
      // Meanwhile it may have been connected, or let go and learned of again.
      const isThere = this.#links.get(link.node_id) === link;
      if (isThere && isStranger(link) && isOld(link)) await this.disconnect(link.node_id);
    }
  }

  /** Keeps evidence that was checked, and follows its node no more. */
  async convict(evidence: Evidence): Promise<void> {
    if (this.#locker.against(evidence.node) === undefined) this.#options.onLie(evidence);
    // A disk that is slow or full must not leave a liar's GPUs on the list.
    this.#links.get(evidence.node)?.quarantine(evidence.message);
    this.#options.onListings(evidence.node, null);
    await this.#locker.keep(evidence);
  }

  async save(): Promise<void> {
    if (!this.#options.keeps_book()) return;
    const entries = this.#links.values().map(({ entry }) => entry);
    await this.#options.files.writePeers([...entries, ...this.#unopened.values()]);
  }

  /** What is wrong with the replica of one node keeps neither the market nor the rest from starting. */
  async #addKnown(entry: PeerEntry): Promise<void> {
    const { node_id } = entry;
    try {
      const link = await this.#add(entry);
      if (this.#isFollowing) link.start();
    } catch (thrown) {
      const isNews = !this.#unopened.has(node_id);
      this.#unopened.set(node_id, entry);
      if (isNews) this.#options.onFailure(`opening the replica of ${node_id}`, thrown);
    }
  }

  /** The link of a node, made once however many ask for it at a time. */
  #add(entry: PeerEntry): Promise<Link> {
    const { node_id } = entry;
    const link = this.#links.get(node_id);
    if (link !== undefined) return Promise.resolve(link);
    const coming = this.#coming.get(node_id) ??
      this.#open(entry).finally(() => this.#coming.delete(node_id));
    this.#coming.set(node_id, coming);
    return coming;
  }

  async #open(entry: PeerEntry): Promise<Link> {
    const { node, clock, files, dial, checks, onListings, onFailure } = this.#options;
    const { replica_bytes: max_bytes = LIMITS.replica_bytes } = this.#options;
    const { node_id } = entry;
    const onChange = (gpu_ids: ReadonlySet<string> | null) => onListings(node_id, gpu_ids);
    await this.#going.get(node_id)?.catch((thrown) => onFailure("removing a replica", thrown));
    const opening = { files, checks, max_bytes, onChange, onFailure };
    const holder = await openHolder(node_id, opening);
    this.#unopened.delete(node_id);
    const onEvidence = (evidence: Evidence) =>
      void this.convict(evidence).catch((thrown) => onFailure("keeping evidence", thrown));
    const link = new Link({ entry, node, clock, dial, holder, onEvidence });
    this.#links.set(node_id, link);
    const liar = this.#locker.against(node_id);
    if (liar !== undefined) link.quarantine(liar.message);
    return link;
  }

  /** Those on their way count too: many may come at a time. */
  #hasRoomForStranger(): boolean {
    const coming = this.#coming.size;
    const strangers = [...this.#links.values().filter(isStranger)].length;
    return this.#links.size + coming < LIMITS.peers && strangers + coming < LIMITS.peers_strange;
  }

  /** Whom the operator wants is worth more than whoever was told of. Throws `limit_reached`. */
  async #makeRoom(): Promise<void> {
    if (this.#links.size + this.#coming.size < LIMITS.peers) return;
    const told = [...this.#links.values().filter(({ entry }) => !entry.connected)];
    const link = told.find(isStranger) ?? told[0];
    if (link !== undefined) return await this.disconnect(link.node_id);
    throw new HorizonError(
      "limit_reached",
      `This registry is connected to ${LIMITS.peers} nodes.`,
      {
        fix: "Let one go: horizon network disconnect <node_id>",
      },
    );
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

  /** An alias is one node's: another one that answers at its URL now has to be named otherwise. */
  #checkAlias(alias: string | null, node_id: string): void {
    const holder = this.#links.values().find(({ entry }) =>
      alias !== null && entry.alias === alias
    );
    if (holder === undefined || holder.node_id === node_id) return;
    throw new HorizonError("already_exists", `The alias ${alias} is that of ${holder.node_id}.`, {
      fix: `Choose another one, or free it: horizon network disconnect ${holder.node_id}`,
    });
  }
}

function isStranger({ entry, status }: Link): boolean {
  return !entry.connected && status.last_contact_at === null;
}

function ownNode(): HorizonError {
  return new HorizonError("own_node", "That is this registry itself.", {
    fix: "Name another registry.",
  });
}

function unknownNode(node_id: string): HorizonError {
  return new HorizonError("peer_not_found", `This registry doesn't know ${node_id}.`, {
    fix: "Connect it by its URL: horizon network connect https://…",
  });
}
