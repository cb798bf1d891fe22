import { assertEquals } from "@std/assert";
import type { PeerView } from "../../src/protocol/network.ts";
import { Random } from "../random.ts";
import { Home, type Running } from "./binary.ts";
import { replayReplica } from "./replica_folder.ts";
import { replayHash } from "./replay_folder.ts";
import { type Served, startServing, whenServed } from "./served.ts";
import { WriteLoad } from "./write_load.ts";

const RENTERS = 4;
/** What the home has written before its peer comes: enough for a snapshot when a replica is closed. */
const FIRST_ACKS = 1_500;
/** How long a step may take to come to what it waits for. */
const PATIENCE_MS = 90_000;

/** A registry of the compiled binary in all its lives, which begin at one address. */
export class Lives {
  readonly home: Home;
  #served: Served | null = null;
  #port = 0;

  constructor(name: string) {
    this.home = new Home(name);
  }

  /** The life that it has now. */
  get served(): Served {
    if (this.#served === null) throw new Error(`${this.home.name} has not begun`);
    return this.#served;
  }

  get data_folder(): string {
    return `${this.home.folder}/data`;
  }

  /** Begins a life, and waits for nothing. */
  spawn(): Running {
    return startServing(this.home, ["--private-peers"], this.#port);
  }

  /** Begins a life, and waits until it serves. */
  async begin(): Promise<void> {
    this.#served = await whenServed(this.home, this.spawn());
    this.#port = Number(new URL(this.#served.url).port);
  }

  async kill(): Promise<void> {
    await this.served.process.kill("SIGKILL");
  }

  /** Ends it in order, and checks all that its folder holds. */
  async end(): Promise<void> {
    assertEquals(await this.served.process.kill("SIGTERM"), 0);
    const { code, stderr } = await this.home.run(["fsck"]);
    assertEquals(code, 0, stderr);
  }
}

/** A home under write load, and a peer that may follow it. */
export class CrashStage implements AsyncDisposable {
  readonly home = new Lives("home");
  readonly peer = new Lives("peer");
  readonly load = new WriteLoad(RENTERS);
  readonly random = Random.fresh();

  /** The home is up and written to; the peer has not begun. Prints the seed. */
  static async open(): Promise<CrashStage> {
    const stage = new CrashStage();
    console.log(`seed ${stage.random.seed}`);
    const { home, load } = stage;
    await home.begin();
    await load.stock(home.served);
    load.start(home.served);
    await load.more(FIRST_ACKS);
    return stage;
  }

  private constructor() {}

  /** Connects the peer to the home, as its operator does. */
  async connect(): Promise<void> {
    const { network } = this.peer.served.operator;
    await network.connectPeer({ target: this.home.served.url, alias: "home" });
  }

  /** Waits until the peer has caught up with the home and hears of all that comes. */
  async follows(): Promise<void> {
    await bounded("the peer follows", async () => (await this.#view())?.state === "live");
  }

  /** Neither has anything against the other. */
  async checkTrust(): Promise<void> {
    for (const { served } of [this.home, this.peer]) {
      const { peers, evidence } = await served.operator.network.peers();
      assertEquals(evidence, []);
      for (const { trust, reason } of peers) assertEquals(trust, "checked", reason ?? "");
    }
  }

  /** Once the load has stopped: the peer comes to have the home's feed, its listing and its state. */
  async compare(): Promise<void> {
    const { home, peer } = this;
    const { node_id } = home.served;
    await bounded("the heads are equal", async () => {
      const { head } = await home.served.operator.network.peers();
      return head !== null && head.hash === (await this.#view())?.head?.hash;
    });
    await this.checkTrust();
    const listed = await home.served.operator.gpus({ limit: 100, all: true });
    const seen = await peer.served.operator.gpus({ limit: 100, all: true, home: node_id });
    assertEquals(seen.total, listed.total);
    await peer.end();
    await home.end();
    const replica = await replayReplica(peer.data_folder, node_id);
    assertEquals(await replayHash(home.data_folder, replica.head.seq), replica.state_hash);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.home.home[Symbol.asyncDispose]();
    await this.peer.home[Symbol.asyncDispose]();
  }

  /** The home, as the peer sees it; undefined where it doesn't know it. */
  async #view(): Promise<PeerView | undefined> {
    const { peers } = await this.peer.served.operator.network.peers();
    return peers.find(({ node_id }) => node_id === this.home.served.node_id);
  }
}

async function bounded(what: string, condition: () => Promise<boolean>): Promise<void> {
  const end_ms = performance.now() + PATIENCE_MS;
  while (!await condition()) {
    if (performance.now() > end_ms) {
      throw new Error(`in ${PATIENCE_MS} ms it never came to: ${what}`);
    }
  }
}
