import { assert, assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../src/base/clock.ts";
import { HorizonError } from "../../src/base/errors.ts";
import type { Client } from "../../src/client/client.ts";
import { registerGpu } from "../../src/provider/register.ts";
import { GPU_ID, gpuTest } from "./market.ts";

/** Registers this machine's adapter as a type; the steps that were told. */
async function register(client: Client, gpu_type: string) {
  const steps: string[] = [];
  const request = { gpu_id: GPU_ID, gpu_type, price_micros_per_hour: 300_000, benchmark_ms: 300 };
  const registered = await registerGpu(client, request, systemClock, (step) => steps.push(step));
  return { ...registered, steps };
}

gpuTest("a claim that the adapter contradicts is refused, and may be corrected", async (market) => {
  const false_claim = await register(market.owner, "Apple M1");
  assertEquals(false_claim.judged.verdict.verdict, "implausible");
  assertEquals(false_claim.judged.listed, false);
  assertEquals((await market.owner.gpu(GPU_ID)).status, "refused");
  const { judged, performance, steps } = await register(market.owner, "auto");
  assert(judged.listed, judged.verdict.reason);
  const view = await market.renter.gpu(GPU_ID);
  assertEquals([view.status, view.performance], ["listed", performance]);
  assert(steps.includes("opening the 64 rows that the registry drew"));
});

gpuTest("a taken id is refused before anything is measured", async (market) => {
  await register(market.owner, "auto");
  for (const client of [market.renter, market.owner]) {
    const steps: string[] = [];
    const request = { gpu_id: GPU_ID, gpu_type: "auto", price_micros_per_hour: 1 };
    const registering = () => registerGpu(client, request, systemClock, (s) => steps.push(s));
    assertEquals((await assertRejects(registering, HorizonError)).code, "gpu_exists");
    assertEquals(steps, []);
  }
});
