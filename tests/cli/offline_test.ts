import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../src/base/clock.ts";
import { listGpu } from "./listing.ts";
import { Person } from "./person.ts";

const HOUR_MS = 3_600_000;

/** Someone whose embedded registry lists these GPUs, and who has a copy of the listings. */
async function copied(...prices: [gpu_id: string, price: string][]): Promise<Person> {
  const person = new Person();
  await person.json("init");
  for (const [gpu_id, price] of prices) await listGpu(person, { gpu_id, price });
  await person.json("marketplace", "update");
  return person;
}

const idsOf = (page: Record<string, unknown>) =>
  Object.values(Object(page.gpus)).map((gpu) => Reflect.get(Object(gpu), "gpu_id"));

Deno.test("the copy answers as the registry does, without it and without a key", async () => {
  await using person = await copied(["b", "0.30"], ["a", "0.30"], ["c", "0.10"], ["d", "2"]);
  const queries = [
    [],
    ["--where", "price<0.5"],
    ["--sort", "-price"],
    ["--type", "rtx", "3090"],
    ["--verdict", "software"],
    ["--limit", "2"],
  ];
  const online = [];
  for (const query of queries) online.push(await person.json("list-gpus", ...query));
  const { actor } = await person.json("wallet", "balance");
  await Deno.remove(`${person.home}/data`, { recursive: true });
  await Deno.remove(`${person.home}/config`, { recursive: true });
  for (const [i, query] of queries.entries()) {
    const page = await person.json("list-gpus", "--offline", ...query);
    assertEquals(page.gpus, online[i]?.gpus, query.join(" "));
    assertEquals(page.total, online[i]?.total, query.join(" "));
  }
  assertEquals(idsOf(await person.json("list-gpus", "--offline")), ["c", "a", "b", "d"]);
  assertEquals(typeof actor, "string");
  assertEquals((await person.refusal("list-gpus", "--offline", "--mine")).code, "key_missing");
});

Deno.test("the copy says how old it is, and is private", async () => {
  await using person = await copied(["a", "0.30"]);
  const later = { now: () => Date.now() + 3 * HOUR_MS, monotonic: () => systemClock.monotonic() };
  const { stderr } = await person.run(["list-gpus", "--offline"], { clock: later });
  assertMatch(stderr, /As of \d{4}-.*Z, 3 h ago\./);
  const file = `${person.home}/state/listings.json`;
  assertEquals(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
});

Deno.test("no copy, a damaged one, and a page of one are told", async () => {
  await using person = new Person();
  const none = await person.refusal("list-gpus", "--offline");
  assertEquals([none.code, none.exit], ["not_found", 4]);
  assertStringIncludes(none.fix, "horizon marketplace update");
  await person.json("init");
  await listGpu(person, { gpu_id: "a", price: "1" });
  await person.json("marketplace", "update");
  const path = `${person.home}/state/listings.json`;
  const good = await Deno.readTextFile(path);
  const damages = ["", "{", good.slice(0, -9), good.replace('"v":1', '"v":2'), "[]"];
  for (const text of [...damages, good.replace('"gpu_id":"a"', '"gpu_id":"../a"')]) {
    await Deno.writeTextFile(path, text);
    const damaged = await person.refusal("list-gpus", "--offline");
    assertEquals([damaged.code, damaged.exit], ["data_corrupt", 1], text.slice(0, 30));
    assertStringIncludes(damaged.message, path);
    assertEquals(await Deno.readTextFile(path), text, "nothing is changed");
  }
  await person.json("marketplace", "update");
  assertEquals((await person.json("list-gpus", "--offline")).total, 1);
  assertEquals((await person.refusal("list-gpus", "--offline", "--cursor", "x")).exit, 2);
  assertEquals((await person.refusal("list-gpus", "--offline", "--where", "prize<1")).exit, 2);
});

Deno.test("the copy's other homes are shown and chosen by their names", async () => {
  await using person = await copied(["a", "1"]);
  const path = `${person.home}/state/listings.json`;
  const copy = JSON.parse(await Deno.readTextFile(path));
  const home = "z6MkvBokEaNo32TSksFmfveihm2ExYf2hz6Ym3GmvohmqQMU";
  copy.peers = [{ node_id: home, alias: "berlin" }];
  copy.gpus.push({ ...copy.gpus[0], home });
  await Deno.writeTextFile(path, JSON.stringify(copy));
  assertStringIncludes((await person.run(["list-gpus", "--offline"])).stdout, "a@berlin");
  assertEquals((await person.json("list-gpus", "--offline", "--home", "berlin")).total, 1);
  assertEquals((await person.refusal("list-gpus", "--offline", "--home", "x")).exit, 4);
});
