import type { Clock } from "../base/clock.ts";
import { HorizonError } from "../base/errors.ts";
import type { Identity } from "../base/identity.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { Evidence } from "../protocol/network.ts";
import type { Dial } from "./dial.ts";
import type { EvidenceLocker } from "./evidence_locker.ts";
import type { FederationFiles, PeerEntry } from "./files.ts";
import { Link } from "./link.ts";
import { openHolder } from "./replica_holder.ts";
import type { SignatureChecks } from "./replica.ts";

export interface BookOptions {
  node: Identity;
  clock: Clock;
  files: FederationFiles;
  dial: Dial;
  checks: SignatureChecks;
  /**
   * Whether this process keeps the book of peers. Of several processes of one registry the leader does,
   * and the others read it again and again.
   */
  keeps_book(): boolean;
  /** What one peer's feed may take on the disk; without it, `LIMITS.replica_bytes`. */
  replica_bytes?: number;
  /** GPUs of a node changed; null: all of them may have. */
  onListings(node_id: string, gpu_ids: ReadonlySet<string> | null): void;
  onFailure(what: string, thrown: unknown): void;
}

/** The nodes that a registry knows, each with the link that follows it: who comes in, and who goes. */
export class PeerBook {
  readonly #options: BookOptions;
  readonly #locker: EvidenceLocker;
  readonly #convict: (evidence: Evidence) => Promise<void>;
  readonly #links = new Map<string, Link>();
  /** Links whose replica is being opened. */
  readonly #coming = new Map<string, Promise<Link>>();
  /** Nodes of the book whose replica can't be opened now: it is tried again. */
  readonly #unopened = new Map<string, PeerEntry>();
  /** Replicas that are being closed and removed: only then may there be another one. */
  readonly #going = new Map<string, Promise<void>>();
  #isFollowing = false;

  constructor(
    options: BookOptions,
    locker: EvidenceLocker,
    convict: (evidence: Evidence) => Promise<void>,
  ) {
    this.#options = options;
    this.#locker = locker;
    this.#convict = convict;
  }

  links(): IteratorObject<Link> {
    return this.#links.values();
  }

  link(node_id: string): Link | undefined {
    return this.#links.get(node_id);
  }

  /** True if the replica of that node is being opened. */
  isComing(node_id: string): boolean {
    return this.#coming.has(node_id);
  }

  /** True once those who come in are followed at once. */
  get isFollowing(): boolean {
    return this.#isFollowing;
  }

  /** Follows every known feed from now on. */
  follow(): void {
    this.#isFollowing = true;
    for (const link of this.#links.values()) link.start();
  }

  async close(): Promise<void> {
    await Promise.all(this.#links.values().map((link) => link.stop()));
    await Promise.all(this.#links.values().map((link) => link.holder.replica.close()));
  }

  /** Takes the nodes that the book has and this process doesn't know, and lets go whom it has no more. */
  async read(): Promise<void> {
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

  /** Writes the book, where this process keeps it. */
  async save(): Promise<void> {
    if (!this.#options.keeps_book()) return;
    const entries = this.#links.values().map(({ entry }) => entry);
    await this.#options.files.writePeers([...entries, ...this.#unopened.values()]);
  }

  /** What is wrong with the replica of one node keeps neither the market nor the rest from starting. */
  async #addKnown(entry: PeerEntry): Promise<void> {
    const { node_id } = entry;
    try {
      const link = await this.add(entry);
      if (this.isFollowing) link.start();
    } catch (thrown) {
      const isNews = !this.#unopened.has(node_id);
      this.#unopened.set(node_id, entry);
      if (isNews) this.#options.onFailure(`opening the replica of ${node_id}`, thrown);
    }
  }

  /** The link of a node, made once however many ask for it at a time. */
  add(entry: PeerEntry): Promise<Link> {
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
      void this.#convict(evidence).catch((thrown) => onFailure("keeping evidence", thrown));
    const link = new Link({ entry, node, clock, dial, holder, onEvidence });
    this.#links.set(node_id, link);
    const liar = this.#locker.against(node_id);
    if (liar !== undefined) link.quarantine(liar.message);
    return link;
  }

  /** Those on their way count too: many may come at a time. */
  hasRoomForStranger(): boolean {
    const coming = this.#coming.size;
    const strangers = [...this.#links.values().filter(isStranger)].length;
    return this.#links.size + coming < LIMITS.peers && strangers + coming < LIMITS.peers_strange;
  }

  /** Whom the operator wants is worth more than whoever was told of. Throws `limit_reached`. */
  async makeRoom(): Promise<void> {
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

  /** An alias is one node's: another one that answers at its URL now has to be named otherwise. */
  checkAlias(alias: string | null, node_id: string): void {
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

/** The error for a node that is in no book. */
export function unknownNode(node_id: string): HorizonError {
  return new HorizonError("peer_not_found", `This registry doesn't know ${node_id}.`, {
    fix: "Connect it by its URL: horizon network connect https://…",
  });
}
