import { newId } from "../../src/base/ids.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import type { Client } from "../../src/client/client.ts";
import type { Assignment } from "../../src/protocol/api.ts";
import { AUCTION_FORMATS } from "../../src/protocol/auction.ts";
import { gpuBody } from "../registry/harness.ts";
import { Actor, keyOf, type Stage } from "./actor.ts";
import type { Host } from "./host.ts";

/** An owner of GPUs at one home, and the daemon that keeps them online and runs their jobs. */
export class Owner extends Actor {
  readonly #home: Host;
  readonly #gpus: readonly string[];
  readonly #held = new Set<string>();

  constructor(name: string, home: Host, gpus: readonly string[], stage: Stage) {
    super(name, keyOf(name), stage);
    this.#home = home;
    this.#gpus = gpus;
  }

  async act(): Promise<void> {
    const { world } = this.stage;
    const client = this.client(this.#home);
    for (const gpu_id of this.#gpus) {
      const body = gpuBody(gpu_id, 600_000 + world.random.below(3_000_000));
      await this.submit(client, this.#home, "gpu.register", body);
      await this.#judge(gpu_id);
    }
    this.background("providing", this.#provide(client));
    while (!this.stage.isClosing()) {
      await world.sleep(3_000 + world.random.below(14_000));
      if (!this.stage.isClosing()) await this.#trade(client);
    }
  }

  /** The registry's own verdict; what it rests on is not part of this simulation. */
  async #judge(gpu_id: string): Promise<void> {
    const { node } = this.#home;
    if (node === null) return;
    await this.submit(
      this.client(this.#home, this.#home, node),
      this.#home,
      "gpu.judge",
      {
        gpu_id,
        challenge_id: newId(this.process.now()),
        verdict: {
          verdict: "verified",
          class: "RTX 3090",
          reason: "Its figures are those of the class.",
          figures: { gops: 12_000, elapsed_ms: 11, m: 4096, k: 4096, n: 4096 },
          contradicts: [],
          step: null,
        },
        root: null,
        indices: [],
        answer_sha256: sha256Hex(gpu_id),
      },
    );
  }

  async #trade(client: Client): Promise<void> {
    const { random } = this.stage.world;
    const gpu_id = this.pick(this.#gpus);
    const home = this.#home;
    const choice = random.below(10);
    if (choice < 5) {
      const price_micros_per_hour = 500_000 + random.below(3_000_000);
      await this.submit(client, home, "gpu.update", { gpu_id, price_micros_per_hour });
    } else if (choice < 9) {
      const format = this.pick(AUCTION_FORMATS);
      await this.submit(client, home, "auction.start", {
        gpu_id,
        format,
        units: format === "uniform" ? this.#gpus.length : 1,
        duration_s: 60,
        reserve_micros_per_hour: this.pick([null, 100_000]),
        timeout_ms: 5_000 + random.below(10_000),
      });
    } else {
      await this.submit(client, home, "gpu.deregister", { gpu_id, force: true });
      await this.submit(client, home, "gpu.register", gpuBody(gpu_id));
      await this.#judge(gpu_id);
    }
  }

  /** Polls for work, is silent once in a while, and goes on while the stage closes. */
  async #provide(client: Client): Promise<void> {
    const { world } = this.stage;
    for (;;) {
      if (!this.stage.isClosing() && world.random.below(12) === 0) {
        this.#held.clear();
        await world.sleep(10_000 + world.random.below(40_000), "silence");
      }
      const request = { gpus: [...this.#gpus], jobs: [...this.#held], wait_ms: 10_000 };
      const answer = await this.attempt(() => client.poll(request));
      for (const job_id of answer?.stop ?? []) this.#held.delete(job_id);
      const next = answer?.assignments.find(({ job_id }) => !this.#held.has(job_id));
      if (next !== undefined) this.background("a job", this.#run(client, next));
      await world.sleep(answer === null ? 1_500 : 400);
    }
  }

  /** Claims a job and brings it to an end, with a result or without. */
  async #run(client: Client, { job_id, attempt, bundle }: Assignment): Promise<void> {
    const { world } = this.stage;
    const home = this.#home;
    this.#held.add(job_id);
    try {
      const claimed = await this.submit(client, home, "job.claim", { job_id });
      if (!claimed?.ok) return;
      const input = await this.attempt(() => client.jobBlob(job_id, bundle));
      await this.submit(client, home, "job.start", { job_id, attempt });
      await world.sleep(500 + world.random.below(8_000), "a job runs");
      const isGood = input !== null && world.random.below(4) > 0;
      const result = isGood ? await this.#store(client) : null;
      const end = result === null
        ? { outcome: "failed", reason: "crash", side: "provider", result } as const
        : { outcome: "succeeded", reason: "done", side: null, result } as const;
      await this.submit(client, home, "job.finish", { job_id, attempt, ...end });
    } finally {
      this.#held.delete(job_id);
    }
  }

  /** Stores a result; its hash. */
  async #store(client: Client): Promise<string | null> {
    const salt = this.stage.world.random.bytes(32).toHex();
    const bytes = canonicalBytes({ salt, outputs: {}, elapsed_ms: 5 });
    return (await this.attempt(() => client.putBlob(bytes)))?.sha256 ?? null;
  }
}
