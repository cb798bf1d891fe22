import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Person } from "./person.ts";

Deno.test("the log keeps every operation with its result, and no secret", async () => {
  await using person = new Person();
  const { key_file } = await person.json("init");
  const secret = (await Deno.readTextFile(String(key_file))).split("\n")[1] ?? "";
  await person.run(["explore", "nope"]);
  await person.run(["explore", "x".repeat(10_000)]);
  await person.run(["wallet", "deposit", "5"]);
  const { entries, node } = await person.json("logs");
  assert(Array.isArray(entries));
  const told = entries.filter(({ op }) => op !== "registry").map((
    { op, status, code },
  ) => [op, status, code]);
  assertEquals(told, [
    ["init", "ok", undefined],
    ["explore", "failed", "gpu_not_found"],
    ["explore", "failed", "invalid_input"],
    ["wallet deposit", "ok", undefined],
  ]);
  assert(!JSON.stringify(entries).includes(secret.slice(22)));
  assert(JSON.stringify(entries).length < 5_000, "a long argument is cut");
  assertEquals(Object(node).registry.where, "idle");
  const text = (await person.run(["logs", "--tail", "1"])).stdout;
  assertStringIncludes(text, "wallet deposit");
  assert(!text.includes("explore"));
  assertStringIncludes(text, "registry");
});

Deno.test("clearing the log empties it", async () => {
  await using person = new Person();
  await person.json("init");
  assertEquals((await person.json("logs", "clear")).removed_files, 1);
  assertEquals((await person.json("logs")).entries, []);
});

Deno.test("following shows what happens until the interrupt, which is exit code 130", async () => {
  await using person = new Person();
  await person.json("init");
  const stop = new AbortController();
  const lines: string[] = [];
  const seen = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const following = person.run(["logs", "--follow", "--json"], {
    signal: stop.signal,
    onOutput: (text) => {
      lines.push(text);
      started.resolve();
      if (text.includes("config")) seen.resolve();
    },
  });
  await started.promise;
  await person.run(["config", "--get", "max_price"]);
  await seen.promise;
  stop.abort();
  assertEquals((await following).code, 130);
  assertEquals(lines.map((line) => JSON.parse(line).op), ["init", "config"]);
});

Deno.test("a log that can't be written stops no command", async () => {
  await using person = new Person();
  await Deno.writeTextFile(`${person.home}/state`, "not a folder");
  const { code, stdout, stderr } = await person.run(["config", "--set", "max_price", "1"]);
  assertEquals([code, stdout], [0, "max_price = 1\n"]);
  assertStringIncludes(stderr, "log can't be written");
});
