import { canonicalBytes } from "../../src/base/json.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import type { Client } from "../../src/client/client.ts";
import type { IntentBody } from "../../src/protocol/intent.ts";
import type { LeaseView } from "../../src/protocol/lease.ts";
import { bundleOf, submitBody } from "../registry/jobs.ts";
import { Actor, keyOf, type Stage } from "./actor.ts";
import type { Host } from "./host.ts";

/** Someone who rents, bids and runs jobs at any registry, some of it by way of another one. */
export class Renter extends Actor {
  constructor(name: string, stage: Stage) {
    super(name, keyOf(name), stage);
  }

  async act(): Promise<void> {
    const { world, hosts } = this.stage;
    for (const home of hosts) await this.#deposit(home);
    while (!this.stage.isClosing()) {
      await world.sleep(200 + world.random.below(2_200));
      const home = this.pick(hosts);
      const by = world.random.below(3) === 0 ? this.pick(hosts) : home;
      if (!this.stage.isClosing()) await this.#trade(this.client(home, by), home);
    }
  }

  /** The operator's credit. */
  async #deposit(home: Host): Promise<void> {
    const { node } = home;
    if (node === null) return;
    const operator = this.client(home, home, node);
    const amount_micros = 200_000 + this.stage.world.random.below(2_000_000);
    await this.submit(operator, home, "wallet.deposit", { to: this.identity.id, amount_micros });
  }

  async #trade(client: Client, home: Host): Promise<void> {
    const { random } = this.stage.world;
    const choice = random.below(20);
    if (choice < 5) await this.#rent(client, home);
    else if (choice < 8) await this.#bid(client, home);
    else if (choice < 10) await this.#seal(client, home);
    else if (choice === 10) await this.#deposit(home);
    else await this.#useLease(client, home);
  }

  async #gpu(client: Client): Promise<string | null> {
    const page = await this.attempt(() => client.gpus({ all: true }));
    const gpus = page?.gpus.filter(({ home }) => home === client.node_id) ?? [];
    return gpus.length === 0 ? null : this.pick(gpus).gpu_id;
  }

  async #rent(client: Client, home: Host): Promise<void> {
    const gpu_id = await this.#gpu(client);
    if (gpu_id === null) return;
    await this.submit(client, home, "lease.rent", {
      gpu_id,
      duration_s: 60,
      max_price_micros_per_hour: 10_000_000,
      expected: { verdict: "verified", class: "RTX 3090" },
    });
  }

  async #bid(client: Client, home: Host): Promise<void> {
    const { random } = this.stage.world;
    const isOrder = random.below(2) === 0;
    const gpu_id = isOrder ? null : await this.#gpu(client);
    if (!isOrder && gpu_id === null) return;
    const body: IntentBody<"bid.place"> = {
      gpu_id,
      where: isOrder ? "vram_gb>=16" : null,
      price_micros_per_hour: 300_000 + random.below(4_000_000),
      quantity: isOrder ? 1 + random.below(2) : 1,
      duration_s: 60,
      expires_at: random.below(2) === 0 ? null : this.process.now() + 20_000,
    };
    const placed = await this.submit(client, home, "bid.place", body);
    if (!placed?.ok || random.below(3) > 0) return;
    await this.stage.world.sleep(random.below(4_000));
    await this.submit(client, home, "bid.cancel", { bid_id: String(placed.data.bid_id) });
  }

  /** A sealed bid in an auction under way. */
  async #seal(client: Client, home: Host): Promise<void> {
    const { random } = this.stage.world;
    const page = await this.attempt(() => client.auctions({ state: "open" }));
    const sealed = page?.auctions.filter(({ format }) => format !== "english") ?? [];
    if (sealed.length === 0) return;
    const { auction_id, reserve_micros_per_hour } = this.pick(sealed);
    const price_micros_per_hour = reserve_micros_per_hour + random.below(2_000_000);
    const opening = { auction_id, price_micros_per_hour, salt: random.bytes(16).toHex() };
    const commitment = await this.attempt(() => client.openBid(opening));
    if (commitment === null) return;
    const hold_micros = 100_000 + random.below(100_000);
    const body = { auction_id, commitment, quantity: 1, hold_micros };
    await this.submit(client, home, "bid.seal", body);
  }

  /** Ends or extends a lease of his, or runs a job on it. */
  async #useLease(client: Client, home: Host): Promise<void> {
    const page = await this.attempt(() =>
      client.leases({ actor: this.identity.id, state: "live" })
    );
    const live = page?.leases.filter(({ renter }) => renter === this.identity.id) ?? [];
    if (live.length === 0) return await this.#rent(client, home);
    const lease = this.pick(live);
    const choice = this.stage.world.random.below(8);
    if (choice === 0) {
      await this.submit(client, home, "lease.end", { lease_id: lease.lease_id });
    } else if (choice === 1) {
      await this.submit(client, home, "lease.extend", {
        lease_id: lease.lease_id,
        duration_s: 60,
      });
    } else await this.#runJob(client, home, lease);
  }

  async #runJob(client: Client, home: Host, { gpu_id }: LeaseView): Promise<void> {
    const { random } = this.stage.world;
    const input = random.bytes(24);
    const bundle = canonicalBytes(bundleOf(input, random.bytes(32).toHex()));
    for (const blob of [input, bundle]) {
      if (await this.attempt(() => client.blobs.putBytes(blob)) === null) return;
    }
    const body = {
      ...submitBody(gpu_id, sha256Hex(bundle)),
      retry: { attempts: random.below(3), on: ["lost" as const, "failed" as const] },
    };
    const submitted = await this.submit(client, home, "job.submit", body);
    if (!submitted?.ok || random.below(6) > 0) return;
    await this.stage.world.sleep(random.below(4_000));
    await this.submit(client, home, "job.cancel", { job_id: String(submitted.data.job_id) });
  }
}
