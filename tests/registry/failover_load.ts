import { HorizonError } from "../../src/base/errors.ts";
import { identityOf, newSecret } from "../../src/base/identity.ts";
import { type Acks, checkAcknowledged } from "../e2e/acknowledged.ts";
import { gpuBody } from "./harness.ts";
import type { ClusterMember, SharedCluster } from "./shared_cluster.ts";

/** How a registry that loses its leader refuses; anything else is a fault. */
const REFUSALS: ReadonlySet<string> = new Set([
  "bad_gateway",
  "fenced",
  "network",
  "no_leader",
  "store_unreachable",
  "timeout",
]);

/** Writers that each ask any member of a cluster, and ask another one when it fails them. */
export class FailoverLoad {
  /** Everything that was acknowledged. */
  readonly acks: Acks = new Map();
  readonly #cluster: SharedCluster;
  readonly #writers: Promise<void>[] = [];
  #isOver = false;
  /** When the last acknowledgement came, and the longest time without one since `mark`. */
  #last_ms = 0;
  #longest_ms = 0;
  #waiters: { count: number; resolve(): void }[] = [];

  private constructor(cluster: SharedCluster) {
    this.#cluster = cluster;
  }

  /** Starts `count` writers, each with a key and a GPU of its own that it re-prices. */
  static start(cluster: SharedCluster, count: number): FailoverLoad {
    const load = new FailoverLoad(cluster);
    for (let i = 0; i < count; i++) load.#writers.push(load.#write(i));
    return load;
  }

  /** Measures anew from the last acknowledgement on. */
  mark(): void {
    this.#longest_ms = 0;
  }

  /** The longest time without an acknowledgement since the mark. */
  get longest_ms(): number {
    return this.#longest_ms;
  }

  /** Resolves once so many more writes are acknowledged. Rejects if a writer fails. */
  async more(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push({ count: this.acks.size + count, resolve });
    await Promise.race([promise, Promise.all(this.#writers)]);
  }

  /** Ends the writers. Throws what one of them could not take. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#writers);
  }

  async #write(i: number): Promise<void> {
    const identity = identityOf(newSecret());
    const gpu_id = `rig-${i}`;
    let isRegistered = false;
    for (let turn = i; !this.#isOver; turn++) {
      const { members } = this.#cluster;
      const member = members[turn % members.length];
      if (member === undefined) throw new Error("nobody is left to write to");
      const client = this.#cluster.client(member, identity);
      try {
        if (!isRegistered) this.#note(await client.submit("gpu.register", gpuBody(gpu_id)));
        isRegistered = true;
        for (let n = 1; !this.#isOver; n++) {
          const price_micros_per_hour = 100_000 + n;
          this.#note(await client.submit("gpu.update", { gpu_id, price_micros_per_hour }));
        }
      } catch (thrown) {
        isRegistered ||= thrown instanceof HorizonError && thrown.code === "gpu_exists";
        this.#checkRefusal(thrown, member);
      }
    }
  }

  #checkRefusal(thrown: unknown, member: ClusterMember): void {
    const code = thrown instanceof HorizonError ? thrown.code : "";
    // A registration whose answer was lost is there when it is asked for again.
    if (REFUSALS.has(code) || code === "gpu_exists") return;
    throw new Error(`${member.name} refused a write: ${code}`, { cause: thrown });
  }

  #note({ intent_sha256, seq }: { intent_sha256: string; seq: number }): void {
    const now_ms = performance.now();
    if (this.#last_ms > 0) this.#longest_ms = Math.max(this.#longest_ms, now_ms - this.#last_ms);
    this.#last_ms = now_ms;
    this.acks.set(intent_sha256, seq);
    const reached = this.#waiters.filter(({ count }) => count <= this.acks.size);
    this.#waiters = this.#waiters.filter(({ count }) => count > this.acks.size);
    for (const { resolve } of reached) resolve();
  }
}

/**
 * Kills the leader under load so many times, each at a random moment, and revives it; returns how long
 * writes were refused each time, in milliseconds.
 */
export async function killLeaders(
  cluster: SharedCluster,
  load: FailoverLoad,
  kills: number,
  below: (end: number) => number,
): Promise<number[]> {
  const refused_ms: number[] = [];
  for (let kill = 0; kill < kills; kill++) {
    await load.more(30 + below(100));
    const leader = await cluster.leader();
    if (leader === null) throw new Error("nobody leads");
    load.mark();
    await cluster.kill(leader);
    await load.more(100);
    refused_ms.push(load.longest_ms);
    await cluster.revive(leader);
  }
  return refused_ms;
}

/** Throws unless every member shows every acknowledged write at the seq of its receipt. */
export async function checkMembers(cluster: SharedCluster, { acks }: FailoverLoad): Promise<void> {
  const last_seq = Math.max(...acks.values());
  for (const member of cluster.members) {
    const seen = await fetch(`${member.url}/v1/node?min_seq=${last_seq}`);
    if (!seen.ok) throw new Error(`${member.name} lags: ${await seen.text()}`);
    await seen.body?.cancel();
    await checkAcknowledged(cluster.client(member, identityOf(newSecret())), acks);
  }
}
