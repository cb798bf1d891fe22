import { newId } from "../../src/base/ids.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import type { Client } from "../../src/client/client.ts";
import { AUCTION_FORMATS } from "../../src/protocol/auction.ts";
import { gpuBody } from "../registry/harness.ts";
import { Actor, keyOf, type Stage } from "./actor.ts";
import { Daemon } from "./daemon.ts";
import type { Host } from "./host.ts";

/** An owner of GPUs at one home, and of one that moves from home to home, with their daemons. */
export class Owner extends Actor {
  readonly #home: Host;
  readonly #gpus: readonly string[];
  /** Moves from home to home; where it is now, and which of its homes that is. */
  readonly #traveller: { gpu_id: string; home: Host; home_epoch: number };

  constructor(name: string, home: Host, gpus: readonly string[], stage: Stage) {
    super(name, keyOf(name), stage);
    this.#home = home;
    this.#gpus = gpus;
    this.#traveller = { gpu_id: `trip-${name}`, home, home_epoch: 1 };
  }

  async act(): Promise<void> {
    const { world } = this.stage;
    const client = this.client(this.#home);
    for (const gpu_id of [...this.#gpus, this.#traveller.gpu_id]) {
      const body = gpuBody(gpu_id, 600_000 + world.random.below(3_000_000));
      await this.submit(client, this.#home, "gpu.register", body);
      await this.#judge(gpu_id, this.#home);
    }
    for (const host of this.stage.hosts) {
      const daemon = new Daemon(this, host, () => this.#gpusAt(host));
      this.background("providing", daemon.provide());
    }
    while (!this.stage.isClosing()) {
      await world.sleep(3_000 + world.random.below(14_000));
      if (!this.stage.isClosing()) await this.#trade(client);
    }
  }

  /** The registry's own verdict; what it rests on is not part of this simulation. */
  async #judge(gpu_id: string, home: Host): Promise<void> {
    const { node } = home;
    if (node === null) return;
    await this.submit(
      this.client(home, home, node),
      home,
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
    if (choice < 2) await this.#move();
    else if (choice < 5) {
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
      await this.#judge(gpu_id, home);
    }
  }

  #gpusAt(host: Host): string[] {
    const at = host === this.#home ? [...this.#gpus] : [];
    if (host === this.#traveller.home) at.push(this.#traveller.gpu_id);
    return at;
  }

  /** Moves the traveller on, if nothing is under way on it. */
  async #move(): Promise<void> {
    const { world, hosts } = this.stage;
    const { gpu_id, home } = this.#traveller;
    const to = this.pick(hosts);
    if (to === home || to.node === null || home.node === null) return;
    const home_epoch = this.#traveller.home_epoch + 1;
    const body = { gpu_id, to: to.node.id, home_epoch };
    const left = await this.submit(this.client(home), home, "gpu.leave", body);
    if (!left?.ok) return;
    Object.assign(this.#traveller, { home: to, home_epoch });
    const moved = { from: home.node.id, home_epoch, left_seq: left.seq };
    const registration = { ...gpuBody(gpu_id), moved };
    for (let attempt = 0; attempt < 12; attempt++) {
      // Its new home takes it once the old one's feed has come there.
      const arrived = await this.submit(this.client(to), to, "gpu.register", registration);
      if (arrived?.ok) return await this.#judge(gpu_id, to);
      await world.sleep(2_000);
    }
  }
}
