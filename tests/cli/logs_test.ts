import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Person } from "./person.ts";
import { serve } from "./served.ts";

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

Deno.test("the log keeps what its level says: errors alone, or each request to a registry", async () => {
  await using operator = new Person();
  await operator.json("init");
  const levels = async () => {
    const { entries } = await operator.json("logs", "--tail", "100");
    return new Set(Array.isArray(entries) ? entries.map(({ level }) => level) : []);
  };
  await operator.json("config", "--set", "log_level", "error");
  await operator.json("logs", "clear");
  await operator.json("wallet", "balance");
  assertEquals(await levels(), new Set());
  await operator.run(["explore", "nope"]);
  assertEquals(await levels(), new Set(["error"]));
  await operator.json("config", "--set", "log_level", "debug");
  {
    await using served = await serve(operator);
    const secret = { authorization: "Bearer not-for-the-log" };
    await (await fetch(`${served.url}/v1/gpus?where=secret`, { headers: secret })).body?.cancel();
  }
  const { entries } = await operator.json("logs", "--tail", "100");
  const requests = (entries as { status: string; details: object }[])
    .filter(({ status }) => status === "request").map(({ details }) => JSON.stringify(details));
  assert(requests.some((text) => text.includes('"path":"/v1/gpus","status":400')), requests.join());
  assert(!/secret|not-for-the-log/.test(JSON.stringify(entries)));
});

Deno.test("quiet leaves the answer and errors alone", async () => {
  await using person = new Person();
  const quiet = await person.run(["init", "--quiet"]);
  assertEquals([quiet.code, quiet.stderr], [0, ""]);
  assertStringIncludes(quiet.stdout, "your id");
  const refused = await person.run(["explore", "nope", "-q"]);
  assertStringIncludes(refused.stderr, "error: ");
  const asked = await person.run(["demo", "--quiet", "--nonsense"]);
  assertStringIncludes(asked.stderr, "--nonsense");
});
