import { adapterTest } from "../../adapter_test_case.ts";
import { assertEquals } from "@std/assert";
import { newId } from "../../../src/base/ids.ts";
import { LeaseView } from "../../../src/protocol/lease.ts";
import { WalletView } from "../../../src/protocol/wallet.ts";
import { judgement } from "../../e2e/served.ts";
import { type Begin, prove, register } from "./attacker.ts";
import { CpuPoser } from "./cpu_poser.ts";
import { endingOf } from "./endings.ts";
import { chip, listingOf } from "./forged_card.ts";
import { RawClient } from "./raw_client.ts";
import { type ServedRegistry, serveRegistry } from "./served_registry.ts";
import { honest } from "./software_adapter.ts";

const GPU = "gpu-1";
const CREDIT_MICROS = 1_000_000;

/** A renter who has paid for an hour of the GPU as it is listed. */
async function rented(registry: ServedRegistry, owner: RawClient) {
  await owner.poll([GPU]);
  const operator = new RawClient(registry, registry.node);
  const renter = new RawClient(registry);
  await operator.act("wallet.deposit", { to: renter.identity.id, amount_micros: CREDIT_MICROS });
  const { verdict } = await owner.gpu(GPU);
  const { lease_id } = await renter.act("lease.rent", {
    gpu_id: GPU,
    duration_s: 3600,
    max_price_micros_per_hour: 300_000,
    expected: {
      verdict: verdict?.verdict === "verified" ? "verified" : "software",
      class: verdict?.class ?? "",
    },
  });
  return { renter, lease_id: String(lease_id) };
}

/** That the lease is over and the renter has all of it back. */
async function assertRefunded(renter: RawClient, lease_id: string): Promise<void> {
  const lease = await renter.read(`/leases/${lease_id}`, LeaseView);
  assertEquals([lease.state, lease.reason, lease.cost_micros], ["ended", "proof_failed", 0]);
  const { available_micros, held_micros } = await renter.read(
    `/wallet/${renter.identity.id}`,
    WalletView,
  );
  assertEquals([available_micros, held_micros], [CREDIT_MICROS, 0]);
}

/** What is there when the adapter is gone: a CPU with time for one row. */
const withoutAdapter: Begin = (size, seed) => new CpuPoser(seed, size, 1);

// What it costs the attacker: a card for the minute of the first proof. What stops him: proofs come
// again, at times that he doesn't know; the first that fails ends the listing and the lease, and the
// renter pays nothing for it.
adapterTest(
  "an adapter that is gone after its first proof costs the listing and the lease",
  async () => {
    await using registry = await serveRegistry();
    const owner = new RawClient(registry);
    await register(owner, GPU);
    await prove(owner, GPU, honest);
    const { renter, lease_id } = await rented(registry, owner);
    await prove(owner, GPU, withoutAdapter);
    assertEquals(await endingOf(owner, GPU), "refused: failed chain");
    await assertRefunded(renter, lease_id);
  },
);

adapterTest("a card that was swapped for software can't keep its class", async () => {
  await using registry = await serveRegistry();
  const owner = new RawClient(registry);
  await register(owner, GPU, listingOf(chip("rtx-3090")));
  // No such card is here: its first proof is the operator's word.
  const challenge_id = newId(registry.clock.now());
  await new RawClient(registry, registry.node).act("gpu.judge", judgement(GPU, challenge_id));
  assertEquals(await endingOf(owner, GPU), "listed: verified RTX 3090");
  const { renter, lease_id } = await rented(registry, owner);
  await prove(owner, GPU, withoutAdapter);
  assertEquals(await endingOf(owner, GPU), "refused: failed chain");
  await assertRefunded(renter, lease_id);
});
