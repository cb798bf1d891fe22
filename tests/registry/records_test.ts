import { assertEquals, assertLess } from "@std/assert";
import { JobPage, LeasePage, MovementPage } from "../../src/protocol/api.ts";
import { LeaseView } from "../../src/protocol/lease.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { WalletView } from "../../src/protocol/wallet.ts";
import { accepted, listGpu, newActor, openTest, rentGpu, type TestRegistry } from "./harness.ts";
import { submitJob } from "./jobs.ts";

const GPU = "gpu-1";

async function read(registry: TestRegistry, path: string): Promise<unknown> {
  return await (await registry.fetch(path)).json();
}

Deno.test("leases are listed newest first, by either side, GPU and state, in pages that join up", async () => {
  await using registry = await openTest();
  const [owner, renter] = [newActor(), newActor()];
  await listGpu(registry, owner, GPU);
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) {
    const lease_id = await rentGpu(registry, renter, GPU);
    ids.unshift(lease_id);
    if (i < 2) await accepted(registry, renter, "lease.end", { lease_id });
  }
  const list = async (query: string) =>
    LeasePage.parse(await read(registry, `/v1/leases?${query}`));
  const shown = async (query: string) => (await list(query)).leases.map(({ lease_id }) => lease_id);
  assertEquals(await shown(""), ids);
  assertEquals(await shown(`actor=${owner.id}`), ids);
  assertEquals(await shown(`actor=${renter.id}&state=live`), ids.slice(0, 1));
  assertEquals(await shown(`actor=${newActor().id}`), []);
  assertEquals(await shown(`gpu_id=gpu-2`), []);
  const first = await list("limit=2");
  const rest = await list(`limit=2&cursor=${first.next_cursor}`);
  assertEquals([...first.leases, ...rest.leases].map(({ lease_id }) => lease_id), ids);
  assertEquals(rest.next_cursor, null);
});

Deno.test("a lease and a job are found while they are on their way out of memory", async () => {
  await using registry = await openTest();
  const [owner, renter] = [newActor(), newActor()];
  await listGpu(registry, owner, GPU);
  const lease_id = await rentGpu(registry, renter, GPU);
  const { job_id } = await submitJob(registry, renter, GPU);
  await accepted(registry, renter, "job.cancel", { job_id });
  await accepted(registry, renter, "lease.end", { lease_id });
  registry.clock.pass(LIMITS.archive_after_ms + 60_000);
  const { sequencer } = registry.services;
  // The state is ahead of the disk now, and nothing has been awaited since.
  sequencer.advance({ type: "tick", data: {} });
  assertEquals([sequencer.state.jobs.size, sequencer.state.leases.size], [0, 0]);
  assertLess(sequencer.feed.head.seq, sequencer.head.seq);
  const found = await Promise.all([
    registry.fetch(`/v1/jobs/${job_id}`),
    registry.fetch(`/v1/leases/${lease_id}`),
  ]);
  assertEquals(found.map(({ status }) => status), [200, 200]);
  for (const { body } of found) await body?.cancel();
});

Deno.test("a lease and a job that have left memory are still found by their ids", async () => {
  await using registry = await openTest();
  const renter = newActor();
  await listGpu(registry, newActor(), GPU);
  const lease_id = await rentGpu(registry, renter, GPU, 60);
  const { job_id } = await submitJob(registry, renter, GPU);
  registry.clock.pass(60_000);
  await registry.housekeeping.run();
  const ended = LeaseView.parse(await read(registry, `/v1/leases/${lease_id}`));
  assertEquals(ended.state, "ended");
  const job = await read(registry, `/v1/jobs/${job_id}`);
  registry.clock.pass(LIMITS.archive_after_ms / 2);
  await registry.housekeeping.run();
  registry.clock.pass(LIMITS.archive_after_ms / 2 + 60_000);
  await registry.housekeeping.run();
  assertEquals(LeasePage.parse(await read(registry, "/v1/leases")).leases, []);
  assertEquals(JobPage.parse(await read(registry, "/v1/jobs")).jobs, []);
  assertEquals(await read(registry, `/v1/leases/${lease_id}`), ended);
  assertEquals(await read(registry, `/v1/jobs/${job_id}`), job);
});

Deno.test("a wallet's history adds up to its balance, newest first, in pages that join up", async () => {
  await using registry = await openTest();
  const renter = newActor();
  await listGpu(registry, newActor(), GPU);
  for (let i = 0; i < 3; i++) {
    const lease_id = await rentGpu(registry, renter, GPU);
    registry.clock.pass(600_000);
    registry.services.presence.see(GPU);
    await accepted(registry, renter, "lease.end", { lease_id });
  }
  const path = `/v1/wallet/${renter.id}`;
  const movements: MovementPage["movements"] = [];
  let before = "";
  do {
    const page = MovementPage.parse(await read(registry, `${path}/history?limit=4${before}`));
    movements.push(...page.movements);
    before = page.next_cursor === null ? "" : `&before=${page.next_cursor}`;
  } while (before !== "");
  const seqs = movements.map(({ seq }) => seq);
  assertEquals(seqs, seqs.toSorted((a, b) => b - a));
  const sum = (account: string) =>
    movements.reduce((total, one) => total + (one.account === account ? one.amount_micros : 0), 0);
  const wallet = WalletView.parse(await read(registry, path));
  assertEquals(sum("available"), wallet.available_micros);
  assertEquals(sum("held"), wallet.held_micros);
});
