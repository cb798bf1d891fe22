import type { Identity } from "../../src/base/identity.ts";
import { HorizonError } from "../../src/base/errors.ts";
import { newId } from "../../src/base/ids.ts";
import type { Client } from "../../src/client/client.ts";
import type { Acks } from "./acknowledged.ts";
import { gpuBody, judgement, newActor, type Served } from "./served.ts";

const DEPOSIT_MICROS = 1_000_000_000;
const PRICE_MICROS = 250_000;
/** What a registry that is killed in mid-answer leaves its callers with. */
const DEATH_CODES = ["network", "bad_gateway", "timeout"];

/** Renters who write as fast as they are answered, for as long as their registry lives. */
export class WriteLoad {
  /** What was acknowledged, in all lives of the registry. */
  readonly acks: Acks = new Map();
  readonly #owner = newActor();
  readonly #renters: readonly Identity[];
  #waiting: { count: number; resolve: () => void }[] = [];
  #writers: Promise<unknown> = Promise.resolve();
  #isEnding = false;

  constructor(renters: number) {
    this.#renters = Array.from({ length: renters }, newActor);
  }

  /** A listed GPU for each renter, and money. */
  async stock({ as, operator }: Served): Promise<void> {
    const seller = as(this.#owner);
    for (const [i, renter] of this.#renters.entries()) {
      const gpu_id = gpuOf(i);
      await seller.submit("gpu.register", gpuBody(gpu_id, PRICE_MICROS));
      await operator.submit("gpu.judge", judgement(gpu_id, newId(Date.now())));
      await bringOnline(operator, gpu_id);
      await operator.submit("wallet.deposit", { to: renter.id, amount_micros: DEPOSIT_MICROS });
    }
  }

  /** Begins to write to a registry that has just started. */
  start({ as, operator }: Served): void {
    this.#isEnding = false;
    const writers = this.#renters.map((renter, i) => this.#write(as(renter), operator, gpuOf(i)));
    this.#writers = Promise.all(writers);
    // A writer that fails before the test comes to wait for all of them fails the test then.
    this.#writers.catch(() => undefined);
  }

  /** Resolves after so many more acknowledgements. Throws what a writer has failed by. */
  async more(acks: number): Promise<void> {
    const reached = new Promise<void>((resolve) =>
      this.#waiting.push({ count: this.acks.size + acks, resolve })
    );
    const dead = this.#writers.then(() => Promise.reject(new Error("no writer writes any more")));
    await Promise.race([reached, dead]);
  }

  /** Waits for the writers of a registry that was killed. */
  async ended(): Promise<void> {
    await this.#writers;
  }

  /** Lets each writer end what it is about. */
  async stop(): Promise<void> {
    this.#isEnding = true;
    await this.#writers;
  }

  /** Writes until the end, or until the registry doesn't answer any more. */
  async #write(client: Client, operator: Client, gpu_id: string): Promise<void> {
    while (!this.#isEnding) {
      try {
        await this.#rentAgain(client, gpu_id);
      } catch (thrown) {
        if (!(thrown instanceof HorizonError)) throw thrown;
        if (DEATH_CODES.includes(thrown.code)) return;
        if (thrown.code !== "gpu_offline") throw thrown;
        await bringOnline(operator, gpu_id);
      }
    }
  }

  /** Rents, extends and ends, over and over. */
  async #rentAgain(client: Client, gpu_id: string): Promise<void> {
    const send: Client["submit"] = async (type, body) => {
      const accepted = await client.submit(type, body);
      this.#acknowledge(accepted.intent_sha256, accepted.seq);
      return accepted;
    };
    const { leases } = await client.leases({ gpu_id, state: "live" });
    for (const { lease_id } of leases) await send("lease.end", { lease_id });
    while (!this.#isEnding) {
      const expected = { verdict: "verified", class: "RTX 3090" } as const;
      const terms = { gpu_id, duration_s: 3600, max_price_micros_per_hour: PRICE_MICROS };
      const { data } = await send("lease.rent", { ...terms, expected });
      const lease_id = String(data["lease_id"]);
      await send("lease.extend", { lease_id, duration_s: 600 });
      await send("lease.end", { lease_id });
    }
  }

  #acknowledge(sha256: string, seq: number): void {
    this.acks.set(sha256, seq);
    this.#waiting = this.#waiting.filter(({ count, resolve }) => {
      if (this.acks.size < count) return true;
      resolve();
      return false;
    });
  }
}

const gpuOf = (renter: number) => `gpu-${renter}`;

/** No provider polls for the GPU: a registry that lives long enough notices. */
async function bringOnline(operator: Client, gpu_id: string): Promise<void> {
  try {
    await operator.submit("gpu.liveness", { gpu_id, online: true, last_seen: Date.now() });
  } catch (thrown) {
    // The next write finds out that the registry is dead.
    if (!(thrown instanceof HorizonError) || !DEATH_CODES.includes(thrown.code)) throw thrown;
  }
}
