import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { Home, parseDocument, type Running } from "./binary.ts";
import { writeEndlessJob } from "./endless_job.ts";

/**
 * One day at the market with the compiled binary alone: an operator, an owner and a renter on machines
 * of their own, over loopback. Each step is a command as a person types it.
 */
Deno.test("a GPU is proven, listed, rented and works, by the compiled binary alone", async (t) => {
  await using operator = new Home("operator");
  await using owner = new Home("owner");
  await using renter = new Home("renter");

  await operator.json(["init"]);
  const server = operator.start(["serve", "--port", "0", "--allow-software", "--json"]);
  const { url } = parseDocument((await server.line(/^\{.*"url".*$/))[0]);
  for (const home of [owner, renter]) {
    await home.json(["init"]);
    await home.json(["config", "--set", "registry", String(url)]);
  }

  await t.step("the owner proves and lists a GPU", async () => {
    const listed = await owner.json(
      ["register-gpu", "--gpu-id", "rig-1", "--gpu-type", "auto", "--price", "0.36"],
    );
    assertEquals(listed["listed"], true);
    const figures = await owner.run(["explore", "rig-1", "--filter", ".performance.fp32_gflops"]);
    assertMatch(figures.stdout, /"median": [1-9]/);
  });

  await t.step(
    "a claim that the figures contradict exits 1 with the verdict as its code",
    async () => {
      const args = [
        "register-gpu",
        "--gpu-id",
        "fake",
        "--gpu-type",
        "RTX",
        "3090",
        "--price",
        "1",
      ];
      const refused = await owner.run([...args, "--json"]);
      assertEquals(refused.code, 1);
      assertEquals(textAt(parseDocument(refused.stdout), "error", "code"), "implausible");
    },
  );

  const provider = owner.start(["provide"]);
  await provider.line(/online/);

  await t.step("the renter is given money and rents", async () => {
    const { actor } = await renter.json(["wallet", "balance"]);
    await operator.json(["wallet", "deposit", "5", "--to", String(actor)]);
    const page = await renter.json(["list-gpus", "--where", "price<0.5 verdict=software"]);
    assertEquals(page["total"], 1);
    const lease = await renter.json(["rent", "rig-1", "--duration", "0.5", "--price", "0.40"]);
    assertEquals(lease["state"], "live");
  });

  await t.step("a job runs to its end, and its outputs are the right ones", async () => {
    await renter.json(["job", "new", "wgsl", "my-job"]);
    await renter.json(["job", "validate", "my-job/job.yaml"]);
    const args = ["submit-job", "rig-1", "--job", "my-job/job.yaml", "--wait", "--out", "results"];
    const done = await renter.run(args);
    assertEquals(done.code, 0, done.stderr);
    const answer = await Deno.readFile(`${renter.folder}/results/c`);
    assertEquals(answer, await Deno.readFile(`${renter.folder}/my-job/expected.bin`));
  });

  await t.step(
    "a job that never ends is cancelled in under two seconds, and the next one runs",
    () => cancelEndless(renter, provider),
  );

  await t.step("the lease ends, and the money adds up", async () => {
    const { leases } = await renter.json(["lease", "list"]);
    assert(Array.isArray(leases));
    const ended = await renter.json(["lease", "end", String(leases[0].lease_id)]);
    assertMatch(JSON.stringify(ended), /"state":"ended"/);
    const wallets = [
      await renter.json(["wallet", "balance"]),
      await owner.json(["wallet", "balance"]),
    ];
    const total = wallets.reduce((sum, wallet) => sum + moneyOf(wallet), 0);
    assertEquals(total, 5_000_000);
  });

  await t.step("the GPU leaves the market", async () => {
    await owner.json(["gpu", "update", "rig-1", "--price", "0.5"]);
    await owner.json(["deregister-gpu", "rig-1"]);
    assertEquals((await renter.json(["list-gpus", "--all"]))["total"], 1); // the refused one stays
    assertEquals((await renter.run(["explore", "rig-1"])).code, 4);
  });

  await t.step("provider and registry end gracefully", () => endAll(provider, server));
});

Deno.test("serve --provide keeps the operator's own GPU on the market", async () => {
  await using home = new Home("both");
  await home.json(["init"]);
  await home.json(["config", "--set", "allow_software", "true"]);
  await home.json(["register-gpu", "--gpu-id", "own", "--gpu-type", "auto", "--price", "0.10"]);
  const server = home.start(["serve", "--port", "0", "--provide"]);
  await server.line(/online with own/);
  assertEquals((await home.json(["list-gpus"]))["total"], 1);
  assertEquals((await home.run(["rent", "own", "--duration", "1", "--yes"])).code, 3);
  assertEquals(await server.kill("SIGTERM"), 0);
});

async function cancelEndless(renter: Home, provider: Running): Promise<void> {
  await writeEndlessJob(`${renter.folder}/endless`);
  const waiting = renter.start(["submit-job", "rig-1", "--job", "endless/job.json", "--wait"]);
  const [job_id] = await waiting.line(/job_\d+/);
  await waiting.line(/started/);
  assertEquals((await renter.run(["status", job_id])).code, 101);
  const queued = await renter.json(["submit-job", "rig-1", "--job", "endless/job.json"]);
  const next_id = textAt(queued, "job", "job_id");
  const cancelled_ms = performance.now();
  await renter.json(["cancel-job", job_id]);
  // It starts once the process of the one before has ended.
  await provider.line(new RegExp(`${next_id} on rig-1: attempt 1 starts`));
  assertLess(performance.now() - cancelled_ms, 2_000);
  await renter.json(["cancel-job", String(next_id)]);
  assertEquals((await waiting.status).code, 103);
  assertEquals((await renter.run(["status", job_id])).code, 103);
}

async function endAll(...processes: Running[]): Promise<void> {
  for (const process of processes) assertEquals(await process.kill("SIGTERM"), 0);
}

function moneyOf(wallet: Record<string, unknown>): number {
  const { available_micros, held_micros, earned_micros } = wallet;
  return Number(available_micros) + Number(held_micros) + Number(earned_micros);
}

function textAt(document: Record<string, unknown>, ...path: string[]): unknown {
  return path.reduce<unknown>((at, key) => {
    return typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined;
  }, document);
}
