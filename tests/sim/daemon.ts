import { canonicalBytes } from "../../src/base/json.ts";
import type { Client } from "../../src/client/client.ts";
import type { Assignment } from "../../src/protocol/api.ts";
import type { NamedBlob } from "../../src/protocol/job.ts";
import type { Actor } from "./actor.ts";
import type { Host } from "./host.ts";

/** The daemon that keeps an owner's GPUs at one home online and runs their jobs. */
export class Daemon {
  readonly #owner: Actor;
  readonly #home: Host;
  /** Those that are at this home now. */
  readonly #gpus: () => string[];
  readonly #held = new Set<string>();

  constructor(owner: Actor, home: Host, gpus: () => string[]) {
    this.#owner = owner;
    this.#home = home;
    this.#gpus = gpus;
  }

  /** Polls for work, is silent once in a while, and goes on while the stage closes. */
  async provide(): Promise<void> {
    const { world } = this.#owner.stage;
    const client = this.#owner.client(this.#home);
    for (;;) {
      if (!this.#owner.stage.isClosing() && world.random.below(12) === 0) {
        this.#held.clear();
        await world.sleep(10_000 + world.random.below(40_000), "silence");
      }
      const gpus = this.#gpus();
      if (gpus.length === 0) {
        await world.sleep(1_000);
        continue;
      }
      const request = { gpus, jobs: [...this.#held], wait_ms: 10_000 };
      const answer = await this.#owner.attempt(() => client.poll(request));
      for (const job_id of answer?.stop ?? []) this.#held.delete(job_id);
      const next = answer?.assignments.find(({ job_id }) => !this.#held.has(job_id));
      if (next !== undefined) this.#owner.background("a job", this.#run(client, next));
      await world.sleep(answer === null ? 1_500 : 400);
    }
  }

  /** Claims a job and brings it to an end, with a result or without. */
  async #run(client: Client, { job_id, attempt, bundle }: Assignment): Promise<void> {
    const { world } = this.#owner.stage;
    const home = this.#home;
    this.#held.add(job_id);
    try {
      const claimed = await this.#owner.submit(client, home, "job.claim", { job_id });
      if (!claimed?.ok) return;
      const input = await this.#owner.attempt(() => client.blobs.bytes(job_id, bundle, 1_000_000));
      await this.#owner.submit(client, home, "job.start", { job_id, attempt });
      await world.sleep(500 + world.random.below(8_000), "a job runs");
      const isGood = input !== null && world.random.below(4) > 0;
      const result = isGood ? await this.#store(client) : null;
      const end = result === null
        ? { outcome: "failed", reason: "crash", side: "provider", result } as const
        : { outcome: "succeeded", reason: "done", side: null, result } as const;
      await this.#owner.submit(client, home, "job.finish", { job_id, attempt, ...end });
    } finally {
      this.#held.delete(job_id);
    }
  }

  /** Stores the output that every bundle of the renters asks for, and a result; the result's hash. */
  async #store(client: Client): Promise<string | null> {
    const { random } = this.#owner.stage.world;
    const y = await this.#put(client, random.bytes(24));
    if (y === null) return null;
    const salt = random.bytes(32).toHex();
    const result = await this.#put(client, canonicalBytes({ salt, outputs: { y }, elapsed_ms: 5 }));
    return result?.sha256 ?? null;
  }

  async #put(client: Client, bytes: Uint8Array<ArrayBuffer>): Promise<NamedBlob | null> {
    const stored = await this.#owner.attempt(() => client.blobs.putBytes(bytes));
    return stored === null ? null : { sha256: stored.sha256, size_bytes: bytes.length };
  }
}
