import {
  assert,
  assertEquals,
  assertGreater,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { writeWgslTemplate } from "../../src/cli/job_template.ts";
import { openAdapter } from "../../src/gpu/adapter.ts";
import { jailSupport } from "../../src/provider/jail.ts";
import { parseDocument } from "../e2e/binary.ts";
import { listGpu } from "./listing.ts";
import { Person } from "./person.ts";
import { serve } from "./served.ts";

const hasAdapter = await openAdapter().then(() => true, () => false);
const skip = !hasAdapter ? "no GPU adapter" : jailSupport().complete ? null : "no complete jail";

/** A test that runs samples on this machine's adapter. */
function sampleTest(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: skip === null ? name : `${name} (skipped: ${skip})`,
    ignore: skip !== null,
    // The Workers of the registry and the handles of the driver outlive a test.
    sanitizeOps: false,
    sanitizeResources: false,
    fn,
  });
}

/** Someone with $10, a job, and two GPUs of their own: a cheap one and one of ten times its price. */
async function buyer(): Promise<Person> {
  const person = new Person();
  await person.json("init");
  await person.json("wallet", "deposit", "10");
  await listGpu(person, { gpu_id: "cheap", price: "0.10" });
  await listGpu(person, { gpu_id: "dear", price: "1.00" });
  await writeWgslTemplate(`${person.home}/job`);
  return person;
}

const quote = (person: Person, ...words: string[]) => [
  "quote",
  "--job",
  `${person.home}/job/job.yaml`,
  ...words,
];

async function money(person: Person): Promise<number[]> {
  const wallet = await person.json("wallet", "balance");
  return [
    Number(wallet.available_micros),
    Number(wallet.held_micros),
    Number(wallet.earned_micros),
  ];
}

/** Leases of a person, live or ended. */
async function leases(person: Person): Promise<Record<string, unknown>[]> {
  const { leases } = await person.json("lease", "list", "--all");
  return Array.isArray(leases) ? leases : [];
}

function rows(document: Record<string, unknown>, name: "quotes" | "failed") {
  const found = document[name];
  return Array.isArray(found) ? found.map((row): Record<string, unknown> => ({ ...row })) : [];
}

sampleTest("GPUs are sampled, the cheapest work first, and every lease is given back", async () => {
  await using person = await buyer();
  const report = await person.json(...quote(person, "--sample-seconds", "2", "--yes"));
  const quotes = rows(report, "quotes");
  assertEquals(quotes.map(({ gpu_id }) => gpu_id), ["cheap", "dear"]);
  assertEquals(report.failed, []);
  for (const row of quotes) {
    assertEquals([row.class, row.verification], ["RTX 3090", "verified"]);
    // Two million multiplications and additions take a software adapter well over a microsecond.
    assertGreater(Number(row.unit_ns), 1_000);
    const per_million = Number(row.ask_micros_per_hour) * Number(row.unit_ns) / 3_600_000;
    assert(Math.abs(Number(row.price_micros_per_million_units) - per_million) < 0.001);
    assert(Array.isArray(row.samples) && row.samples.length >= 2);
  }
  const all = await leases(person);
  assertEquals(all.map(({ state, reason }) => [state, reason]), [
    ["ended", "ended_by_renter"],
    ["ended", "ended_by_renter"],
  ]);
  const cost = all.reduce((sum, { cost_micros }) => sum + Number(cost_micros), 0);
  assertEquals([report.cost_micros, report.unit], [cost, "dispatch"]);
  const [available = 0, held, earned = 0] = await money(person);
  assertEquals([held, available + earned, earned], [0, 10_000_000, cost]);
});

sampleTest(
  "the plan comes first; --max and --where choose, and the table says it all",
  async () => {
    await using person = await buyer();
    const words = quote(person, "--where", "price<0.50", "--sample-seconds", "1");
    const { code, stdout, stderr } = await person.run(words, { typed: ["y"] });
    assertEquals(code, 0, stderr);
    for (const part of ["cheap: RTX 3090, proof: verified, $0.10 an hour", "$0.00", "1 GPU:"]) {
      assertStringIncludes(stderr, part);
    }
    assertMatch(stderr, /Go on\? \[y\/n\]/);
    for (const part of ["cheap", "RTX 3090", "verified", "$0.10", "PRICE/", "1 dispatch"]) {
      assertStringIncludes(stdout, part);
    }
    const one = await person.json(...quote(person, "--max", "1", "--sample-seconds", "1", "--yes"));
    assertEquals(rows(one, "quotes").map(({ gpu_id }) => gpu_id), ["cheap"]);
  },
);

sampleTest("an interruption ends the lease, and the sample on it", async () => {
  await using person = await buyer();
  const interrupt = new AbortController();
  const { code, stdout } = await person.run(quote(person, "--yes", "--json"), {
    signal: interrupt.signal,
    onOutput: (text) => text.includes("cheap: a sample of") && interrupt.abort(),
  });
  assertEquals(code, 130);
  assertEquals(Object(parseDocument(stdout).error).code, "interrupted");
  const all = await leases(person);
  assertEquals(all.map(({ gpu_id, state }) => [gpu_id, state]), [["cheap", "ended"]]);
  assertEquals((await money(person))[1], 0);
});

sampleTest(
  "a shader that doesn't compile is told for each GPU, and costs next to nothing",
  async () => {
    await using person = await buyer();
    await Deno.writeTextFile(`${person.home}/job/matrix.wgsl`, "fn main() -> u32 { return 1.5; }");
    const { code, stdout } = await person.run(quote(person, "--yes", "--json"));
    assertEquals(code, 1);
    const failed = rows(parseDocument(stdout), "failed");
    assertEquals(failed.map(({ gpu_id, code }) => [gpu_id, code]), [
      ["cheap", "shader_error"],
      ["dear", "shader_error"],
    ]);
    for (const { message } of failed) assertMatch(String(message), /line 1/);
    assertEquals((await money(person))[1], 0);
    assertEquals((await leases(person)).map(({ state }) => state), ["ended", "ended"]);
  },
);

sampleTest("at a served registry one GPU's failure doesn't sink the others", async () => {
  await using operator = new Person();
  await using served = await serve(operator, "--welcome-credit", "5", "--allow-software");
  await using stack = new AsyncDisposableStack();
  const person = async () => {
    const one = stack.use(new Person());
    await one.json("init");
    await one.json("config", "--set", "registry", served.url);
    return one;
  };
  const owner = await person(), other = await person(), renter = await person();
  await writeWgslTemplate(`${renter.home}/job`);
  // It is proven again when it is rented, so it must be what it says.
  await owner.json(...[
    "register-gpu",
    "--gpu-id",
    "works",
    "--gpu-type",
    "auto",
    "--price",
    "0.30",
  ]);
  await listGpu(other, { gpu_id: "changes", price: "0.20" }, served.folder);
  await listGpu(renter, { gpu_id: "own", price: "0.10" }, served.folder);
  for (const provider of [owner, other, renter]) stack.defer(await provide(provider));
  // Between plan and answer a price is raised: what was agreed to is not what would be paid.
  const { code, stdout, stderr } = await renter.run(
    quote(renter, "--sample-seconds", "4", "--json"),
    {
      asked: async () => {
        await other.json("gpu", "update", "changes", "--price", "0.21");
        return "y";
      },
    },
  );
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, "on 2 GPUs");
  const report = parseDocument(stdout);
  assertEquals(rows(report, "quotes").map(({ gpu_id }) => gpu_id), ["works"]);
  const failed = rows(report, "failed");
  assertEquals(failed.map(({ gpu_id, code }) => [gpu_id, code]), [["changes", "no_offer"]]);
  assertMatch(String(failed[0]?.message), /\$0\.21/);
  const [available = 0, held] = await money(renter);
  assertEquals([held, available], [0, 5_000_000 - Number(report.cost_micros)]);
});

/** Starts `provide` and waits until it is online; ends it. */
async function provide(owner: Person): Promise<() => Promise<void>> {
  const stop = new AbortController();
  const online = Promise.withResolvers<void>();
  const running = owner.run(["provide"], {
    signal: stop.signal,
    onOutput: (text) => text.includes("online with") && online.resolve(),
  });
  void running.then(({ stderr }) => online.reject(new Error(stderr)));
  await online.promise;
  return async () => {
    stop.abort();
    assertEquals((await running).code, 0);
  };
}

Deno.test("what can't be quoted is refused before anything is rented", async () => {
  await using person = await buyer();
  const before = await money(person);
  const job = `${person.home}/job/job.yaml`;
  const text = await Deno.readTextFile(job);
  const other = text.replace("kind: wgsl", "kind: docker");
  await Deno.writeTextFile(`${person.home}/job/docker.yaml`, other);
  await Deno.writeTextFile(`${person.home}/job/poor.yaml`, text + "max_price: '0.05'\n");
  const cases: [words: string[], code: string, exit: number, message: RegExp][] = [
    [["--job", `${person.home}/job/docker.yaml`, "--yes"], "invalid_job", 2, /"docker" is no kind/],
    [["--job", `${person.home}/none.yaml`, "--yes"], "not_found", 4, /no job file/],
    [["--job", job, "--where", "vram_gb>=80", "--yes"], "gpu_not_found", 4, /No GPU that can/],
    [["--job", job, "--where", "vran_gb>=8", "--yes"], "invalid_filter", 2, /vran_gb/],
    [["--job", `${person.home}/job/poor.yaml`, "--yes"], "no_offer", 5, /cheap.*\$0\.10.*\$0\.05/],
    [["--job", job], "no_terminal", 2, /confirmation/],
    [["--job", job, "--max", "0", "--yes"], "invalid_input", 2, /--max/],
    [["--job", job, "--sample-seconds", "301", "--yes"], "invalid_input", 2, /--sample-seconds/],
    [["--yes"], "invalid_input", 2, /--job/],
  ];
  for (const [words, code, exit, message] of cases) {
    const refused = await person.refusal("quote", ...words);
    assertEquals([refused.code, refused.exit], [code, exit], words.join(" "));
    assertMatch(refused.message, message);
  }
  const no = await person.run(quote(person), { typed: ["n"] });
  assertEquals([no.code, no.stdout], [1, ""]);
  await person.run(["config", "--set", "max_price", "0.09"]);
  assertEquals((await person.refusal(...quote(person, "--yes"))).code, "no_offer");
  assertEquals([await money(person), await leases(person)], [before, []]);
});
