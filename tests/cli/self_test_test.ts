import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { SelfTestReport, type SelfTestRow } from "../../src/protocol/self_test.ts";
import { Person } from "./person.ts";
import { serve } from "./served.ts";

const path = (name: string) => new URL(`./tls/${name}`, import.meta.url).pathname;
const TLS = ["--tls-cert", path("cert.pem"), "--tls-key", path("key.pem")];

/** A self-test's exit code and its rows by id. */
async function selfTest(person: Person, ...args: string[]) {
  const { code, stdout } = await person.run(["self-test", "--json", ...args]);
  const { ok, rows } = SelfTestReport.parse(JSON.parse(stdout));
  assertEquals(code, ok ? 0 : 1);
  return { code, rows, row: (id: string) => rowOf(rows, id) };
}

function rowOf(rows: readonly SelfTestRow[], id: string): SelfTestRow {
  const row = rows.find((row) => row.id === id);
  assert(row !== undefined, `no row ${id}`);
  return row;
}

Deno.test("on a machine where nothing is set up it reports, fails nothing and makes nothing", async () => {
  await using person = new Person();
  const { code, rows, row } = await selfTest(person);
  const failed = rows.filter(({ result }) => result === "fail");
  assertEquals([code, failed], [0, []]);
  assertEquals(new Set(rows.map(({ id }) => id)).size, rows.length, "ids are unique");
  assertEquals(row("key").result, "warn");
  assertStringIncludes(row("key").remedy ?? "", "horizon init");
  for (const id of ["disk_write", "folders", "registry_resolve", "registry_health", "clock"]) {
    assertEquals(row(id).result, "skip", id);
  }
  assertEquals([...Deno.readDirSync(person.home)], []);
});

Deno.test("with a key and folders the disk is tried, and nothing is left behind", async () => {
  await using person = new Person();
  await person.json("init");
  const { row } = await selfTest(person);
  for (const id of ["version", "config", "key", "folders", "disk_space"]) {
    assertEquals(row(id).result, "pass", JSON.stringify(row(id)));
  }
  assertMatch(row("disk_write").actual, /synced in \d+\.\d ms/);
  assertEquals([...Deno.readDirSync(`${person.home}/data`)], []);
});

Deno.test("files that others can touch, and a damaged config, fail with their remedy", async () => {
  await using person = new Person();
  const { key_file, config_file } = await person.json("init");
  await person.json("config", "--set", "max_price", "1");
  await Deno.chmod(String(key_file), 0o644);
  await Deno.chmod(String(config_file), 0o666);
  await Deno.chmod(`${person.home}/data`, 0o755);
  const open = await selfTest(person);
  assertEquals(open.code, 1);
  assertEquals(
    ["key", "config", "folders"].map((id) => open.row(id).remedy),
    [
      `Run: chmod 600 ${key_file}`,
      `Run: chmod 600 ${config_file}`,
      `Run: chmod 700 ${person.home}/data`,
    ],
  );
  await Deno.writeTextFile(String(config_file), "{");
  const damaged = await selfTest(person);
  assertEquals(damaged.row("config").result, "fail");
  assertStringIncludes(damaged.row("config").actual, "not JSON");
  assertEquals(damaged.row("registry_health").result, "skip");
});

Deno.test("a data folder that is a file, and no home at all, are rows and not the end", async () => {
  await using person = new Person();
  await Deno.writeTextFile(`${person.home}/data`, "not a folder");
  assertEquals((await selfTest(person)).row("disk_write").result, "fail");
  const homeless = await person.run(["self-test", "--json"], { env: { HORIZON_HOME: "" } });
  const { ok, rows } = SelfTestReport.parse(JSON.parse(homeless.stdout));
  assertEquals([homeless.code, ok], [1, false]);
  assertStringIncludes(rowOf(rows, "key").actual, "HOME is not set");
});

Deno.test("a registry that answers passes step by step, over TLS by the configured authority", async () => {
  await using operator = new Person();
  await operator.json("init");
  await using served = await serve(operator, ...TLS);
  await using person = new Person();
  await person.json("init");
  const untrusted = await selfTest(person, "--registry", served.url);
  assertEquals(untrusted.row("registry_resolve").result, "pass");
  assertEquals(untrusted.row("registry_connect").result, "fail");
  assertStringIncludes(untrusted.row("registry_connect").actual, "certificate");
  await person.json("config", "--set", "tls_ca", path("ca.pem"));
  await person.json("config", "--set", "registry", served.url);
  const { row } = await selfTest(person);
  const ids = ["resolve", "connect", "health", "version"].map((step) => `registry_${step}`);
  for (const id of [...ids, "clock"]) {
    assertEquals(row(id).result, "pass", JSON.stringify(row(id)));
  }
  assertStringIncludes(row("registry_version").actual, served.node_id);
  await person.json("config", "--set", "registry_node", `z6Mk${"1".repeat(44)}`);
  const other = (await selfTest(person)).row("registry_version");
  assertEquals(other.result, "fail");
  assertStringIncludes(other.actual, served.node_id);
});

Deno.test("a clock that is wrong by more than the protocol allows fails", async () => {
  await using operator = new Person();
  await operator.json("init");
  await using served = await serve(operator);
  await using person = new Person();
  const hour_ms = 3_600_000;
  const clock = { now: () => Date.now() - hour_ms, monotonic: () => performance.now() };
  const { code, stdout } = await person.run(
    ["self-test", "--json", "--registry", served.url],
    { clock },
  );
  const row = rowOf(SelfTestReport.parse(JSON.parse(stdout)).rows, "clock");
  assertEquals([code, row.result], [1, "fail"]);
  assertMatch(row.actual, /^3(599|600)\d{3} ms behind/);
});

Deno.test("a registry that is away, or isn't one, fails the steps that it can't pass", async () => {
  await using person = new Person();
  await using wrong = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("<html>", { status: 404 }),
  );
  const url = `http://127.0.0.1:${wrong.addr.port}`;
  const stranger = await selfTest(person, "--registry", url);
  const results = (test: typeof stranger) =>
    ["resolve", "connect", "health", "version"].map((step) => test.row(`registry_${step}`).result);
  assertEquals(results(stranger), ["pass", "pass", "fail", "fail"]);
  await wrong.shutdown();
  const away = await selfTest(person, "--registry", url);
  assertEquals(results(away), ["pass", "fail", "fail", "fail"]);
  assertEquals(away.row("clock").result, "fail");
  const nameless = await selfTest(person, "--registry", "http://nowhere.invalid");
  assertEquals(nameless.row("registry_resolve").result, "fail");
});

Deno.test("the text says what to do about each row that isn't as it should be", async () => {
  await using person = new Person();
  const { code, stdout } = await person.run(["self-test"]);
  assertEquals(code, 0);
  assertMatch(stdout, /^RESULT +CHECK +FOUND\n/);
  assertMatch(stdout, /key: sign what you do.*\n {2}needed: .*0600\n {2}remedy: Run: horizon init/);
  assertMatch(stdout, /\d+ pass, \d+ warn, 0 fail, \d+ skip: nothing failed\.\n$/);
});
