import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { listGpu } from "./listing.ts";
import { Person } from "./person.ts";

/** Someone with a key, $10 and a GPU of $0.30 an hour on the embedded registry. */
async function renter(): Promise<Person> {
  const person = new Person();
  await person.json("init");
  await person.json("wallet", "deposit", "10");
  await listGpu(person, { gpu_id: "rig-1", price: "0.30" });
  return person;
}

async function balance(person: Person): Promise<unknown[]> {
  const { available_micros, held_micros, earned_micros } = await person.json("wallet", "balance");
  return [available_micros, held_micros, earned_micros];
}

Deno.test("a GPU is found, rented, extended and given back, and the money adds up", async () => {
  await using person = await renter();
  const list = await person.run(["list-gpus"]);
  assertEquals(list.code, 0);
  for (const part of ["rig-1", "RTX 3090", "24", "100", "verified", "$0.30", "free"]) {
    assertStringIncludes(list.stdout, part);
  }
  const rented = await person.run(["rent", "rig-1", "--duration", "2"], { typed: ["y"] });
  assertEquals(rented.code, 0, rented.stderr);
  for (const part of ["RTX 3090", "verified", "$0.30 an hour", "2 h", "$0.60"]) {
    assertStringIncludes(rented.stderr, part);
  }
  const lease_id = /lease_\d+/.exec(rented.stdout)?.[0] ?? "";
  assertEquals(await balance(person), [9_400_000, 600_000, 0]);
  assertStringIncludes((await person.run(["list-gpus", "--all"])).stdout, "leased");
  assertEquals((await person.json("list-gpus")).total, 0);
  const extended = await person.json("lease", "extend", lease_id, "--duration", "0.5", "--yes");
  assertEquals(extended.hold_micros, 750_000);
  const { leases } = await person.json("lease", "list");
  assertEquals(Array.isArray(leases) && leases.length, 1);
  const ended = await person.json("lease", "end", lease_id);
  assertEquals([ended.state, ended.reason], ["ended", "ended_by_renter"]);
  assertEquals((await person.run(["lease", "list"])).stdout, "");
  assertStringIncludes((await person.run(["lease", "list", "--all"])).stdout, "ended_by_renter");
  const [available, held, earned] = (await balance(person)).map(Number);
  assertEquals(held, 0);
  assertEquals((available ?? 0) + (earned ?? 0), 10_000_000);
  const history = await person.run(["wallet", "history"]);
  assertStringIncludes(history.stdout, "wallet.deposited");
  assertStringIncludes(history.stdout, "lease.opened");
  const { actor } = await person.json("wallet", "balance");
  assertStringIncludes(history.stderr, String(actor));
});

Deno.test("an explicit --price rents without asking, at the ask", async () => {
  await using person = await renter();
  const { code, stdout } = await person.run(
    ["rent", "rig-1", "--duration", "0.5", "--price", "0.35", "--json"],
  );
  assertEquals(code, 0);
  assertEquals(JSON.parse(stdout).price_micros_per_hour, 300_000);
});

Deno.test("without --duration the configuration's hours count", async () => {
  await using person = await renter();
  await person.run(["config", "--set", "default_duration_hours", "3"]);
  assertEquals((await person.json("rent", "rig-1", "--yes")).duration_s, 3 * 3600);
});

Deno.test("every refusal of rent has its code, and nothing changes", async () => {
  await using person = await renter();
  await listGpu(person, { gpu_id: "bad", price: "0.10", verdict: "failed" });
  await listGpu(person, { gpu_id: "soft", price: "0.10", verdict: "software" });
  const before = await balance(person);
  const cases: [words: string[], code: string, exit: number][] = [
    [["nope", "--yes"], "gpu_not_found", 4],
    [["bad", "--yes"], "gpu_not_listed", 1],
    [["soft", "--yes"], "gpu_not_listed", 1],
    [["rig-1", "--price", "0.29"], "no_offer", 5],
    [["rig-1", "--price", "-1"], "invalid_price", 2],
    [["rig-1", "--price", "NaN"], "invalid_price", 2],
    [["rig-1", "--price", "1e400"], "invalid_price", 2],
    [["rig-1", "--price", "0.3000001"], "invalid_price", 2],
    [["rig-1", "--price", "4294.967296"], "invalid_price", 2],
    [["rig-1", "--duration", "0", "--yes"], "invalid_input", 2],
    [["rig-1", "--duration", "-1", "--yes"], "invalid_input", 2],
    [["rig-1", "--duration", "0.01", "--yes"], "invalid_input", 2],
    [["rig-1", "--duration", "NaN", "--yes"], "invalid_input", 2],
    [["rig-1", "--duration", "1e9", "--yes"], "invalid_input", 2],
    [["rig-1", "--duration", "99999999", "--yes"], "invalid_input", 2],
    [["rig-1", "--duration", "100", "--yes"], "insufficient_funds", 1],
    [["rig-1"], "no_terminal", 2],
    [["rig\u0007-1", "--yes"], "invalid_input", 2],
    [["x".repeat(10_000), "--yes"], "invalid_input", 2],
    [["../rig-1", "--yes"], "invalid_input", 2],
  ];
  for (const [words, code, exit] of cases) {
    const refused = await person.refusal("rent", ...words);
    assertEquals([refused.code, refused.exit], [code, exit], words.join(" ").slice(0, 80));
    assert(refused.message.length < 300);
  }
  assertEquals(await balance(person), before);
  assertEquals((await person.json("lease", "list", "--all")).leases, []);
});

Deno.test("no is no", async () => {
  await using person = await renter();
  const { code, stdout, stderr } = await person.run(["rent", "rig-1"], { typed: ["n"] });
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, "Nothing was done.");
  assertEquals((await person.json("lease", "list", "--all")).leases, []);
});

Deno.test("max_price really limits, whatever --price says", async () => {
  await using person = await renter();
  await person.run(["config", "--set", "max_price", "0.25"]);
  for (const words of [["--yes"], ["--price", "0.30"], ["--price", "0.20"]]) {
    const refused = await person.refusal("rent", "rig-1", ...words);
    assertEquals([refused.code, refused.exit], ["price_limit", 5]);
    assertStringIncludes(refused.message, "$0.25");
  }
  await person.run(["config", "--set", "max_price", "0.32"]);
  const refused = await person.refusal("rent", "rig-1", "--price", "0.33");
  assertEquals(refused.code, "price_limit");
  await person.json("rent", "rig-1", "--yes");
});

Deno.test("a leased GPU is not rented twice", async () => {
  await using person = await renter();
  await person.json("rent", "rig-1", "--yes");
  const refused = await person.refusal("rent", "rig-1", "--yes");
  assertEquals([refused.code, refused.exit], ["gpu_leased", 1]);
});

Deno.test("an owner changes his price within his own limit", async () => {
  await using person = await renter();
  assertEquals(
    (await person.json("gpu", "update", "rig-1", "--price", "0.25")).price_micros_per_hour,
    250_000,
  );
  await person.run(["config", "--set", "min_price", "0.20"]);
  const refused = await person.refusal("gpu", "update", "rig-1", "--price", "0.19");
  assertEquals([refused.code, refused.exit], ["price_limit", 5]);
  assertEquals((await person.refusal("gpu", "update", "nope", "--price", "1")).exit, 4);
});

Deno.test("leases and jobs that don't exist are not found", async () => {
  await using person = await renter();
  const cases = [
    [["lease", "end", "lease_99"], "lease_not_found", 4],
    [["lease", "extend", "lease_99", "--duration", "1", "--yes"], "lease_not_found", 4],
    [["status", "job_99"], "job_not_found", 4],
    [["cancel-job", "job_99"], "job_not_found", 4],
    [["lease", "end", "12"], "invalid_input", 2],
    [["status", "rig-1"], "invalid_input", 2],
  ] as const;
  for (const [words, code, exit] of cases) {
    const refused = await person.refusal(...words);
    assertEquals([refused.code, refused.exit], [code, exit], words.join(" "));
  }
});

Deno.test("listings filter and sort, and a wrong field gets a suggestion", async () => {
  await using person = await renter();
  await listGpu(person, { gpu_id: "rig-2", price: "0.10" });
  const ids = async (...words: string[]) => {
    const { gpus } = await person.json("list-gpus", ...words);
    return Array.isArray(gpus) ? gpus.map(({ gpu_id }) => gpu_id) : [];
  };
  assertEquals(await ids(), ["rig-2", "rig-1"]);
  assertEquals(await ids("--sort", "-price"), ["rig-1", "rig-2"]);
  assertEquals(await ids("--where", "vram_gb>=16 price<0.20"), ["rig-2"]);
  assertEquals(await ids("--where", "vram_gb>=16", "price<0.20"), ["rig-2"]);
  assertEquals(await ids("--type", "RTX", "3090", "--limit", "1"), ["rig-2"]);
  assertEquals(await ids("--verdict", "software"), []);
  assertEquals(await ids("--mine"), ["rig-2", "rig-1"]);
  const page = await person.json("list-gpus", "--limit", "1");
  assertEquals(await ids("--limit", "1", "--cursor", String(page.next_cursor)), ["rig-1"]);
  const wrong = await person.refusal("list-gpus", "--where", "vran_gb>=16");
  assertEquals([wrong.code, wrong.exit], ["invalid_filter", 2]);
  assertStringIncludes(wrong.fix, "vram_gb");
  assertEquals((await person.refusal("list-gpus", "--verdict", "verifed")).exit, 2);
  assertEquals((await person.refusal("list-gpus", "--limit", "0")).exit, 2);
});

Deno.test("explore shows a GPU, or a part of its record", async () => {
  await using person = await renter();
  const shown = await person.run(["explore", "rig-1"]);
  for (const part of ["rig-1", "verified", "$0.30", "self-reported", "100 GFLOP/s"]) {
    assertStringIncludes(shown.stdout, part);
  }
  const part = await person.run(["explore", "rig-1", "--filter", ".performance.fp32_gflops"]);
  assertEquals(JSON.parse(part.stdout), { median: 100, p10: 90, p90: 110 });
  assertEquals(
    (await person.json("explore", "rig-1", "--filter", "$.performance.launch_us")).p10,
    90,
  );
  const wrong = await person.refusal("explore", "rig-1", "--filter", ".perfomance");
  assertEquals([wrong.code, wrong.exit], ["invalid_filter", 2]);
  assertEquals((await person.refusal("explore", "nope")).exit, 4);
});

Deno.test("the operator issues credits, and amounts are checked", async () => {
  await using person = await renter();
  const before = await balance(person);
  for (const amount of ["0", "-5", "NaN", "1e400", "0.0000001", "1000000001"]) {
    const refused = await person.refusal("wallet", "deposit", amount);
    assertEquals([refused.code, refused.exit], ["invalid_price", 2], amount);
  }
  assertEquals((await person.refusal("wallet", "deposit", "1", "--to", "me")).exit, 2);
  assertEquals(await balance(person), before);
});

Deno.test("a dry run shows the plan of whatever moves money, and moves none", async () => {
  await using person = await renter();
  const before = await balance(person);
  const plan = await person.run(["rent", "rig-1", "--duration", "2", "--yes", "--dry-run"]);
  assertEquals([plan.code, plan.stderr], [0, ""]);
  assertStringIncludes(plan.stdout, "held      $0.60");
  const told = await person.json("auction", "start", "rig-1", "--duration", "2", "--dry-run");
  assertEquals(told.done, false);
  assertStringIncludes(String(told.plan), "reserve  $0.30 an hour");
  assertEquals(await balance(person), before);
  assertEquals((await person.json("list-gpus")).total, 1);
});

Deno.test("a listing shows the columns that are asked for, in the order that is asked for", async () => {
  await using person = await renter();
  await listGpu(person, { gpu_id: "rig-2", price: "0.20" });
  const list = async (...words: string[]) =>
    (await person.run(["list-gpus", ...words])).stdout.trimEnd().split("\n");
  assertEquals(await list("-o", "price-", "--cols", "gpu_id,price,reputation"), [
    "GPU_ID  PRICE  REPUTATION",
    "rig-1   $0.30           -",
    "rig-2   $0.20           -",
  ]);
  assertEquals((await list("--sort", "price", "--cols", "gpu_id")).slice(1), ["rig-2", "rig-1"]);
  assertEquals((await list("-o=-gpu_id", "--cols=gpu_id")).slice(1), ["rig-2", "rig-1"]);
  const refused = await person.refusal("list-gpus", "--cols", "gpu_id,prize");
  assertEquals([refused.code, refused.exit], ["invalid_input", 2]);
  assertStringIncludes(refused.message, "prize");
});
