import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../src/base/clock.ts";
import { HorizonError } from "../../src/base/errors.ts";
import { identityOf, newSecret } from "../../src/base/identity.ts";
import { runProvider } from "../../src/provider/daemon.ts";
import { homeOf } from "../../src/provider/homes.ts";
import { GPU_ID, gpuTest, type TestMarket } from "./market.ts";

const ELSEWHERE = identityOf(newSecret()).id;

/** The owner moves the GPU where this registry, which is cut off, can't know it. */
async function moveAway(market: TestMarket): Promise<void> {
  const view = await market.owner.gpu(GPU_ID);
  const next = { ...homeOf(view, view.home), home: ELSEWHERE, home_epoch: view.home_epoch + 1 };
  await market.homes.raise(next);
}

/** How a provider that is started now ends by itself. */
async function endOf(market: TestMarket): Promise<HorizonError> {
  const log = () => {};
  const { owner: client, homes } = market;
  const options = { client, clock: systemClock, unjailed: false, gpus: [GPU_ID], homes, log };
  const run = () => runProvider(options, new AbortController().signal);
  return await assertRejects(run, HorizonError);
}

gpuTest("a home that was cut off assigns in vain what has moved away", async (market) => {
  await market.offer();
  await moveAway(market);
  await market.rent();
  const refused = market.next("job_refused");
  const job_id = await market.submit();
  await refused;
  assertEquals((await market.renter.job(job_id)).state, "queued");
  const event = market.events.find(({ event }) => event === "job_refused");
  assertEquals([event?.job_id, event?.gpu_id], [job_id, GPU_ID]);
  assertStringIncludes(event?.reason ?? "", ELSEWHERE);
  await market.stopProvider();
  const end = await endOf(market);
  assertEquals(end.code, "gpu_moved");
  assertStringIncludes(end.message, ELSEWHERE);
});

gpuTest("a provider whose record of homes is damaged stops", async (market) => {
  await market.offer();
  await market.stopProvider();
  await Deno.writeTextFile(market.homes.path, "{}");
  const end = await endOf(market);
  assertEquals(end.code, "homes_corrupt");
  assertStringIncludes(end.message, market.homes.path);
});
