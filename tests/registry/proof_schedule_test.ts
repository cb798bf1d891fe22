import { assert, assertEquals } from "@std/assert";
import { PollAnswer } from "../../src/protocol/api.ts";
import { Judged } from "../../src/protocol/challenge.ts";
import { GpuView } from "../../src/protocol/gpu.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { ProofPage, type ProofSummary } from "../../src/protocol/proof_record.ts";
import { freshSeed, seededRandom } from "../proof/seeded.ts";
import { accepted, gpuBody, newActor, sessionOf, type TestOptions } from "./harness.ts";
import { submitJob } from "./jobs.ts";
import {
  GPU,
  openProvingTest,
  prove,
  proveTogether,
  type ProvingTest,
  request,
  STAGE_MS,
  start,
} from "./proving.ts";

/** Between two polls of a daemon. */
const STEP_MS = 5_000;
const NEVER_MS = 1e12;

/** A registry whose draws follow from a printed seed; by itself it asks for nothing. */
async function setUp(what: string, options: TestOptions = {}): Promise<ProvingTest> {
  const random = seededRandom(freshSeed(what));
  const never = { idle_mean_ms: NEVER_MS, cohort_mean_ms: NEVER_MS };
  const test = await openProvingTest({
    ...options,
    proving: { random, ...never, ...options.proving },
  });
  await (await prove(test)).body?.cancel();
  return test;
}

async function poll(test: ProvingTest, gpus = [GPU]): Promise<PollAnswer> {
  const { registry, owner } = test;
  test.headers.authorization = (await sessionOf(registry, owner)).authorization;
  const response = await registry.fetch("/v1/provider/poll", {
    method: "POST",
    headers: test.headers,
    body: JSON.stringify({ gpus, jobs: [], wait_ms: 0 }),
  });
  if (!response.ok) throw new Error(await response.text());
  return PollAnswer.parse(await response.json());
}

/** Lets time go by with a daemon that polls; what it is asked to prove first, and after how long. */
async function untilAsked(test: ProvingTest, within_ms: number, gpus = [GPU]) {
  for (let waited_ms = 0; waited_ms <= within_ms; waited_ms += STEP_MS) {
    await test.registry.housekeeping.run();
    const { challenges } = await poll(test, gpus);
    if (challenges.length > 0) return { challenges, waited_ms };
    test.registry.clock.pass(STEP_MS);
  }
  throw new Error(`nothing was asked for within ${within_ms} ms`);
}

async function gpu({ registry }: ProvingTest, gpu_id = GPU): Promise<GpuView> {
  return GpuView.parse(await (await registry.fetch(`/v1/gpus/${gpu_id}`)).json());
}

async function history({ registry }: ProvingTest, gpu_id = GPU): Promise<ProofSummary[]> {
  const response = await registry.fetch(`/v1/gpus/${gpu_id}/proofs`);
  return ProofPage.parse(await response.json()).proofs;
}

/** Rents the GPU to somebody with money. */
async function rent({ registry }: ProvingTest) {
  const renter = newActor();
  const amount_micros = 10_000_000;
  await accepted(registry, registry.node, "wallet.deposit", { to: renter.id, amount_micros });
  const { data } = await accepted(registry, renter, "lease.rent", {
    gpu_id: GPU,
    duration_s: 3600,
    max_price_micros_per_hour: 1_000_000,
    expected: { verdict: "software", class: "software" },
  });
  return { renter, lease_id: String(data.lease_id) };
}

Deno.test("an idle GPU is proven again at times drawn anew, of the mean that was set", async () => {
  await using test = await setUp("idle", { proving: { idle_mean_ms: 60_000 } });
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    const { challenges, waited_ms } = await untilAsked(test, 20 * 60_000);
    assertEquals(challenges, [{ gpu_id: GPU, reason: "idle" }]);
    waits.push(waited_ms);
    await (await prove(test)).body?.cancel();
  }
  assert(new Set(waits).size > 2, `they are not drawn: ${waits}`);
  const reasons = (await history(test)).map(({ reason }) => reason);
  assertEquals(reasons, [...Array(8).fill("idle"), "registration"]);
});

Deno.test("a GPU whose daemon was told and does not come has failed", async () => {
  await using test = await setUp("collect", { proving: { idle_mean_ms: 60_000 } });
  await untilAsked(test, 20 * 60_000);
  for (let waited_ms = 0; waited_ms < LIMITS.proof_collect_ms; waited_ms += STEP_MS) {
    assertEquals((await gpu(test)).status, "listed");
    test.registry.clock.pass(STEP_MS);
    await poll(test);
    await test.registry.housekeeping.run();
  }
  const { status, verdict } = await gpu(test);
  assertEquals([status, verdict?.verdict, verdict?.step], ["refused", "failed", "collect"]);
});

Deno.test("a daemon that goes before it is told is offline, and one that goes then has failed", async () => {
  await using test = await setUp("offline", { proving: { idle_mean_ms: 60_000 } });
  const away = async (ms: number) => {
    for (let waited_ms = 0; waited_ms < ms; waited_ms += STEP_MS) {
      test.registry.clock.pass(STEP_MS);
      await test.registry.housekeeping.run();
    }
  };
  await poll(test);
  await away(20 * 60_000);
  const { status, online } = await gpu(test);
  assertEquals([status, online], ["listed", false]);
  await untilAsked(test, 20 * 60_000);
  await away(LIMITS.proof_collect_ms);
  assertEquals((await gpu(test)).verdict?.step, "collect");
});

Deno.test("before its first rental a GPU is proven, and only then gets its jobs", async () => {
  await using test = await setUp("first rental");
  const { registry } = test;
  await poll(test);
  registry.clock.pass(STEP_MS);
  const { renter } = await rent(test);
  const { job_id } = await submitJob(registry, renter, GPU);
  const held = await poll(test);
  assertEquals(held.assignments, []);
  assertEquals(held.challenges, [{ gpu_id: GPU, reason: "first_rental" }]);
  await (await prove(test)).body?.cancel();
  const { assignments, challenges } = await poll(test);
  assertEquals(assignments.map((one) => one.job_id), [job_id]);
  assertEquals(challenges, []);
  assertEquals((await history(test))[0]?.reason, "first_rental");
});

Deno.test("an adapter that was swapped after the registration ends the first lease at no cost", async () => {
  await using test = await setUp("swap");
  const { registry } = test;
  await poll(test);
  registry.clock.pass(STEP_MS);
  const { renter, lease_id } = await rent(test);
  await submitJob(registry, renter, GPU);
  await poll(test);
  await (await prove(test, undefined, () => new Uint8Array())).body?.cancel();
  const lease = await (await registry.fetch(`/v1/leases/${lease_id}`)).json();
  assertEquals([lease.state, lease.reason, lease.cost_micros], ["ended", "proof_failed", 0]);
  assertEquals((await gpu(test)).status, "refused");
});

Deno.test("a complaint has the GPU proven at once, and its verdict answers it", async () => {
  await using test = await setUp("complaint");
  const { registry } = test;
  await poll(test);
  const renter = newActor();
  const deposit = { to: renter.id, amount_micros: 1_000_000 };
  await accepted(registry, registry.node, "wallet.deposit", deposit);
  const max_fee_micros = LIMITS.challenge_fee_micros;
  await accepted(registry, renter, "gpu.challenge", { gpu_id: GPU, max_fee_micros });
  const { challenges } = await untilAsked(test, 0);
  assertEquals(challenges, [{ gpu_id: GPU, reason: "complaint" }]);
  await (await prove(test)).body?.cancel();
  assertEquals((await history(test))[0]?.reason, "complaint");
  assertEquals((await poll(test)).challenges, []);
});

Deno.test("a badge is renewed before it expires", async () => {
  const badge_life_ms = 10 * 60_000;
  await using test = await setUp("badge", { settings: { badge_life_ms } });
  const { challenges, waited_ms } = await untilAsked(test, badge_life_ms);
  assertEquals(challenges, [{ gpu_id: GPU, reason: "idle" }]);
  assert(waited_ms < badge_life_ms, "in time");
  await (await prove(test)).body?.cancel();
  assertEquals((await gpu(test)).status, "listed");
});

/** Registers and proves further GPUs beside the first. */
async function addGpus(test: ProvingTest, ...gpu_ids: string[]): Promise<void> {
  for (const gpu_id of gpu_ids) {
    const body = gpuBody(gpu_id, 300_000, "llvmpipe");
    await accepted(test.registry, test.owner, "gpu.register", body);
    await (await prove(test, undefined, undefined, gpu_id)).body?.cancel();
  }
}

const PAIR = [GPU, "gpu-2"];
const COHORTS = { proving: { cohort_mean_ms: 60_000 } };

Deno.test("two ids that are one card are refused after three tries, and nothing is said before", async () => {
  await using test = await setUp("one card", COHORTS);
  await addGpus(test, "gpu-2");
  for (let tries = 1; tries <= LIMITS.cohort_tries; tries++) {
    const before = (await history(test)).length;
    const { challenges } = await untilAsked(test, 20 * 60_000, PAIR);
    assertEquals(challenges.map(({ reason }) => reason), ["idle", "idle"], "they aren't told");
    await proveTogether(test, PAIR, 2);
    if (tries === LIMITS.cohort_tries) break;
    assertEquals((await history(test)).length, before, "a slow try is not published");
    // Each has to prove itself alone, one after the other.
    for (let alone = 0; alone < PAIR.length; alone++) {
      const { challenges: [asked, ...others] } = await untilAsked(test, STEP_MS, PAIR);
      assertEquals([asked?.reason, others], ["idle", []]);
      await (await prove(test, undefined, undefined, asked?.gpu_id)).body?.cancel();
    }
  }
  for (const gpu_id of PAIR) {
    const { status, verdict } = await gpu(test, gpu_id);
    assertEquals([status, verdict?.verdict], ["refused", "implausible"]);
    assert(verdict?.contradicts[0]?.startsWith("shared: "), verdict?.contradicts[0]);
  }
});

Deno.test("ids of their own cards keep their speed beside others, and one slow try costs nothing", async () => {
  await using test = await setUp("own cards", COHORTS);
  await addGpus(test, "gpu-2");
  await untilAsked(test, 20 * 60_000, PAIR);
  await proveTogether(test, PAIR, 2);
  for (let alone = 0; alone < PAIR.length; alone++) {
    const { challenges: [asked] } = await untilAsked(test, STEP_MS, PAIR);
    await (await prove(test, undefined, undefined, asked?.gpu_id)).body?.cancel();
  }
  await untilAsked(test, STEP_MS, PAIR);
  const judged = await proveTogether(test, PAIR, 1);
  assertEquals(judged.map(({ listed }) => listed), [true, true]);
  const { reason, verdict } = (await history(test))[0] ?? {};
  assertEquals([reason, verdict?.figures.elapsed_ms], ["cohort", STAGE_MS.matrix]);
  assertEquals((await poll(test, PAIR)).challenges, [], "nobody is suspected any more");
});

Deno.test("who does not come does not hold the others of a cohort, and has failed", async () => {
  await using test = await setUp("one stays away", COHORTS);
  await addGpus(test, "gpu-2");
  await untilAsked(test, 20 * 60_000, PAIR);
  const proving = prove(test);
  // The one that came waits for the other; the registry looks after it until the time is up.
  for (let waited_ms = 0; waited_ms <= LIMITS.cohort_gather_ms; waited_ms += STEP_MS) {
    await test.registry.housekeeping.run();
    test.registry.clock.pass(STEP_MS);
    await poll(test, PAIR);
  }
  await test.registry.housekeeping.run();
  assertEquals(Judged.parse(await (await proving).json()).listed, true);
  for (let waited_ms = 0; waited_ms < LIMITS.proof_collect_ms; waited_ms += STEP_MS) {
    test.registry.clock.pass(STEP_MS);
    await poll(test, PAIR);
    await test.registry.housekeeping.run();
  }
  const { status, verdict } = await gpu(test, "gpu-2");
  assertEquals([status, verdict?.step], ["refused", "collect"]);
  assertEquals((await gpu(test)).status, "listed");
});

Deno.test("a registry that closes lets go who waits for his cohort", async () => {
  const test = await setUp("closing", COHORTS);
  await addGpus(test, "gpu-2");
  await untilAsked(test, 20 * 60_000, PAIR);
  const issued = await request(test);
  const waiting = start(test, issued).then(() => "started", (thrown) => String(thrown));
  await test[Symbol.asyncDispose]();
  assert((await waiting).includes("answer_late"), await waiting);
});

Deno.test("who comes only when the others have begun is proven alone, and refused the third time", async () => {
  await using test = await setUp("one card, one id after the other", COHORTS);
  await addGpus(test, "gpu-2");
  for (let tries = 1; tries <= LIMITS.cohort_tries; tries++) {
    await untilAsked(test, 20 * 60_000, PAIR);
    const first = prove(test);
    for (let waited_ms = 0; waited_ms <= LIMITS.cohort_gather_ms; waited_ms += STEP_MS) {
      await test.registry.housekeeping.run();
      test.registry.clock.pass(STEP_MS);
    }
    await test.registry.housekeeping.run();
    assertEquals(Judged.parse(await (await first).json()).listed, true);
    const late = await prove(test, undefined, undefined, "gpu-2");
    const { listed, verdict } = Judged.parse(await late.json());
    assertEquals(listed, tries < LIMITS.cohort_tries, verdict.reason);
  }
  const { status, verdict } = await gpu(test, "gpu-2");
  assertEquals([status, verdict?.verdict], ["refused", "implausible"]);
  assert(verdict?.contradicts[0]?.startsWith("shared: late for its cohort"));
  assertEquals((await gpu(test)).status, "listed");
});
