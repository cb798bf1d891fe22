import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { Home, parseDocument } from "./binary.ts";

/** A dispatch that keeps any adapter busy for a while: 256 threads, each with as many steps as it may. */
const SHADER = `@group(0) @binding(0) var<storage, read_write> c: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  var x = c[id.x] + id.x;
  for (var i = 0u; i < 60000u; i++) { x = x * (x | 1u) + i; }
  c[id.x] = x;
}`;
const JOB = {
  version: 1,
  name: "steps",
  kind: "wgsl",
  wgsl: {
    shader: "steps.wgsl",
    bindings: [{ binding: 0, size_bytes: 1024, output: "c" }],
    dispatch: [4, 1, 1],
    repeat: 1000,
  },
  outputs: ["c"],
};

async function writeJob(home: Home): Promise<void> {
  await Deno.mkdir(`${home.folder}/job`);
  await Deno.writeTextFile(`${home.folder}/job/steps.wgsl`, SHADER);
  await Deno.writeTextFile(`${home.folder}/job/job.json`, JSON.stringify(JOB));
}

const QUOTE = ["quote", "--job", "job/job.json", "--sample-seconds", "2", "--yes"];

Deno.test("a quote by the compiled binary, from a served registry and its provider", async (t) => {
  await using operator = new Home("operator");
  await using owner = new Home("owner");
  await using renter = new Home("renter");
  await operator.json(["init"]);
  const server = operator.start(
    ["serve", "--port", "0", "--allow-software", "--welcome-credit", "5", "--json"],
  );
  const { url } = parseDocument((await server.line(/^\{.*"url".*$/))[0]);
  for (const home of [owner, renter]) {
    await home.json(["init"]);
    await home.json(["config", "--set", "registry", String(url)]);
  }
  await owner.json(["register-gpu", "--gpu-id", "rig-1", "--gpu-type", "auto", "--price", "0.36"]);
  const provider = owner.start(["provide"]);
  await provider.line(/online/);
  await writeJob(renter);

  await t.step("it prices the work and gives the lease back", async () => {
    const report = await renter.json(QUOTE);
    const [quote] = list(report, "quotes");
    assertEquals([quote?.gpu_id, report.failed], ["rig-1", []]);
    const unit_ns = Number(quote?.unit_ns);
    assertGreater(unit_ns, 0);
    // $0.36 an hour are 100 micro-dollars a second, so a million dispatches of 10 ns cost one.
    assert(Math.abs(Number(quote?.price_micros_per_million_units) - unit_ns / 10) < 0.001);
    assertEquals(await liveLeases(renter), []);
    assertEquals((await renter.json(["wallet", "balance"])).held_micros, 0);
  });

  await t.step("a table shows the same, and says what it cost", async () => {
    const { code, stdout, stderr } = await renter.run(QUOTE);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /^GPU +CLASS +PROOF +ASK\/H +TIME\/DISPATCH +PRICE\/\w+/);
    assertMatch(stdout, /rig-1 .* software +\$0\.36 /);
    assertMatch(stderr, /The samples cost \$0\.00/);
  });

  await t.step("SIGINT ends the lease before the command ends", async () => {
    const quoting = renter.start(QUOTE);
    await quoting.line(/a sample of/);
    assertEquals(await quoting.kill("SIGINT"), 130);
    assertEquals(await liveLeases(renter), []);
  });

  await t.step("an owner has nothing to quote but his own GPU, and is told so", async () => {
    await writeJob(owner);
    assertEquals((await owner.run(QUOTE)).code, 4);
  });

  for (const process of [provider, server]) assertEquals(await process.kill("SIGTERM"), 0);
});

Deno.test("a quote on the embedded registry provides by itself", async () => {
  await using home = new Home("embedded");
  await home.json(["init"]);
  await home.json(["config", "--set", "allow_software", "true"]);
  await home.json(["wallet", "deposit", "5"]);
  await home.json(["register-gpu", "--gpu-id", "own", "--gpu-type", "auto", "--price", "0.36"]);
  await writeJob(home);
  const report = await home.json(QUOTE);
  assertEquals(list(report, "quotes").map(({ gpu_id }) => gpu_id), ["own"]);
  assertEquals(await liveLeases(home), []);
});

async function liveLeases(home: Home): Promise<Record<string, unknown>[]> {
  return list(await home.json(["lease", "list"]), "leases");
}

function list(document: Record<string, unknown>, name: string): Record<string, unknown>[] {
  const found = document[name];
  return Array.isArray(found) ? found : [];
}
