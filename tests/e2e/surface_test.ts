import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Finished, Home, parseDocument } from "./binary.ts";

Deno.test("every command of the overview explains itself, with an example", async () => {
  await using home = new Home("help");
  const overview = await home.run(["--help"]);
  assertEquals(overview.code, 0);
  const names = [...overview.stdout.matchAll(/^ {2}([a-z][a-z-]*(?: [a-z]+)?) {2,}/gm)]
    .map((match) => match[1] ?? "");
  assert(names.length > 20, overview.stdout);
  for (const name of names) {
    const help = await home.run([...name.split(" "), "--help"]);
    assertEquals(help.code, 0, name);
    assertStringIncludes(help.stdout, `horizon ${name}`);
  }
});

Deno.test("a home without a network does everything on the embedded registry, as JSON too", async () => {
  await using home = new Home("embedded");
  await home.json(["init"]);
  await home.json(["config", "--set", "max_price", "1.00"]);
  assertEquals((await home.json(["config", "--get", "max_price"]))["value"], "1.00");
  await home.json(["wallet", "deposit", "3"]);
  assertEquals((await home.json(["wallet", "balance"]))["available_micros"], 3_000_000);
  for (
    const args of [
      ["version"],
      ["config", "--list"],
      ["list-gpus"],
      ["list-gpus", "--all"],
      ["lease", "list"],
      ["auction", "list"],
      ["bid", "list"],
      ["market", "prices"],
      ["market", "clear"],
      ["wallet", "history"],
      ["network", "status"],
      ["network", "evidence"],
      ["marketplace", "sync"],
      ["marketplace", "update"],
      ["list-gpus", "--offline"],
      ["logs"],
      ["logs", "clear"],
    ]
  ) await home.json(args);
});

interface Wrong {
  what: string;
  args: string[];
  exit: number;
  code: string;
}

const WRONG: Wrong[] = [
  { what: "an unknown command", args: ["lst-gpus"], exit: 2, code: "unknown_command" },
  { what: "an unknown flag", args: ["list-gpus", "--typ", "x"], exit: 2, code: "invalid_input" },
  { what: "an unknown key", args: ["config", "--get", "max_prise"], exit: 2, code: "unknown_key" },
  { what: "a negative price", args: rent("--price", "-1"), exit: 2, code: "invalid_price" },
  {
    what: "a price that is no number",
    args: rent("--price", "NaN"),
    exit: 2,
    code: "invalid_price",
  },
  { what: "a price beyond all", args: rent("--price", "1e400"), exit: 2, code: "invalid_price" },
  {
    what: "a price with seven decimals",
    args: rent("--price", "0.1234567"),
    exit: 2,
    code: "invalid_price",
  },
  {
    what: "a duration of nothing",
    args: ["rent", "rig", "--duration", "0", "--yes"],
    exit: 2,
    code: "invalid_input",
  },
  {
    what: "a duration of a million years",
    args: ["rent", "rig", "--duration", "8760000000", "--yes"],
    exit: 2,
    code: "invalid_input",
  },
  {
    what: "a GPU id with control characters",
    args: ["explore", "rig\u0007"],
    exit: 2,
    code: "invalid_input",
  },
  {
    what: "a GPU id of ten kilobytes",
    args: ["explore", "g".repeat(10_240)],
    exit: 2,
    code: "invalid_input",
  },
  { what: "a GPU that nobody knows", args: rent("--yes"), exit: 4, code: "gpu_not_found" },
  { what: "a job that nobody knows", args: ["status", "job_7"], exit: 4, code: "job_not_found" },
  {
    what: "a filter that no one can read",
    args: where("price<<1"),
    exit: 2,
    code: "invalid_filter",
  },
  { what: "a filter of an unknown field", args: where("vrm>1"), exit: 2, code: "invalid_filter" },
  {
    what: "a registry that is down",
    args: ["list-gpus", "--registry", "http://127.0.0.1:9"],
    exit: 6,
    code: "network",
  },
];

function rent(...more: string[]): string[] {
  return ["rent", "rig", "--duration", "1", ...more];
}

function where(filter: string): string[] {
  return ["list-gpus", "--where", filter];
}

Deno.test("bad input ends with its own exit code and error, and changes nothing", async (t) => {
  await using home = new Home("wrong");
  await home.json(["init"]);
  const head = (await home.json(["network", "status"]))["registry"];
  for (const { what, args, exit, code } of WRONG) {
    await t.step(what, async () => {
      const done = await home.run([...args, "--json"]);
      assertEquals(errorOf(done)["code"], code, done.stdout);
      assertEquals(done.code, exit);
    });
  }
  assertEquals((await home.json(["network", "status"]))["registry"], head);
});

Deno.test("a key that others can read is refused, and so is a damaged data folder", async () => {
  await using home = new Home("exposed");
  await home.json(["init"]);
  const { key_file } = await home.json(["init"]);
  await Deno.chmod(String(key_file), 0o644);
  const exposed = await home.run(["wallet", "balance", "--json"]);
  assertEquals([exposed.code, errorOf(exposed)["code"]], [3, "key_exposed"]);
  await Deno.chmod(String(key_file), 0o600);
  await home.json(["wallet", "deposit", "1"]);
  await Deno.remove(`${home.folder}/data/snapshots`, { recursive: true });
  const journal = `${home.folder}/data/journal.kv`;
  const bytes = await Deno.readFile(journal);
  bytes.fill(0x55, Math.floor(bytes.length / 2));
  await Deno.writeFile(journal, bytes);
  const damaged = await home.run(["wallet", "balance", "--json"]);
  assertEquals([damaged.code, errorOf(damaged)["code"]], [1, "data_corrupt"], damaged.stderr);
});

Deno.test("a port in use is said", async () => {
  await using home = new Home("port");
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const done = await home.run(["serve", "--port", String(taken.addr.port), "--json"]);
  assertEquals([done.code, errorOf(done)["code"]], [1, "port_in_use"]);
});

function errorOf(done: Finished): Record<string, unknown> {
  const { error } = parseDocument(done.stdout);
  assert(typeof error === "object" && error !== null, done.stdout);
  return { ...error };
}
