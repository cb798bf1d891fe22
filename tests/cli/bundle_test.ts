import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { appendLog } from "../../src/base/log.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { parseDocument } from "../e2e/binary.ts";
import { Person } from "./person.ts";

const TOKEN = "Zq7-planted-token";
const ENV = {
  HOME: "/srv/people/wilhelmina",
  USER: "wilhelmina",
  DENO_KV_ACCESS_TOKEN: "kv-planted-token",
  HTTPS_PROXY: "http://wilhelmina:planted-proxy@proxy.example:3128",
};

/** A log entry whose details hold what must not leave. */
function entry(details: Record<string, unknown>) {
  const at = new Date(0).toISOString();
  return { at, level: "error" as const, op: "serve", status: "failed", details };
}

Deno.test("a bundle holds nothing of the secrets planted in key, config, log and environment", async () => {
  await using person = new Person();
  const { key_file, actor } = await person.json("init");
  const body = (await Deno.readTextFile(String(key_file))).split("\n")[1] ?? "";
  const seed = Uint8Array.fromBase64(body).slice(-32);
  await person.json("config", "--set", "registry", "http://203.0.113.9:1/wilhelmina");
  await person.json("config", "--set", "tls_ca", "/srv/people/wilhelmina/ca.pem");
  const state = `${person.home}/state`;
  await appendLog(state, entry({ message: `POST https://wilhelmina:pw0rd@h.example/?t=${TOKEN}` }));
  await appendLog(state, entry({ token: TOKEN, message: `key ${body} ${seed.toHex()}` }));
  await appendLog(state, entry({ message: `Bearer ${TOKEN} from 2001:db8::77 by ${actor}` }));
  await appendLog(state, entry({ message: `kv-planted-token in ${ENV.HOME}/data` }));
  const file = `${person.home}/bundle.json`;
  // The address is nobody's: its rows fail, and the bundle is written all the same.
  const done = await person.run(["self-test", "--bundle", file, "--json"], { env: ENV });
  assertEquals(done.code, 1);
  const text = await Deno.readTextFile(file);
  const planted = [
    ...[body, body.slice(0, 20), body.slice(-24), seed.toHex(), seed.toBase64().slice(0, 24)],
    ...[TOKEN, "pw0rd", "kv-planted", "planted-proxy", "wilhelmina", "/srv/people"],
    ...["203.0.113.9", "2001:db8", String(actor), person.home],
  ];
  for (const secret of planted) assert(!text.includes(secret), `${secret} in ${text}`);
  assertEquals(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
  const bundle = parseDocument(text);
  assertEquals(bundle.format, "horizon/self-test/1");
  assertEquals(Object(bundle.config).tls_ca, "~/ca.pem");
  assertEquals(Object(bundle.config).registry, "http://<ip:1>:1/<user>");
  assertStringIncludes(JSON.stringify(bundle.log), "https://h.example/");
  assertEquals(bundle.environment, ["HORIZON_HOME", "HTTPS_PROXY"]);
});

Deno.test("a bundle never takes the place of a file, and says so before it checks anything", async () => {
  await using person = new Person();
  const file = `${person.home}/bundle.json`;
  await Deno.writeTextFile(file, "mine");
  const { code, exit } = await person.refusal("self-test", "--bundle", file);
  assertEquals([code, exit], ["already_exists", 1]);
  await Deno.symlink("/nowhere", `${person.home}/link`);
  const link = await person.refusal("self-test", "--bundle", `${person.home}/link`);
  assertEquals(link.code, "already_exists");
  assertEquals(await Deno.readTextFile(file), "mine");
});

Deno.test("a bundle takes the newest of a long log, and is bounded", async () => {
  await using person = new Person();
  const state = `${person.home}/state`;
  for (let i = 0; i < LIMITS.bundle_log_entries; i++) {
    await appendLog(state, entry({ number: i, message: "so it went. ".repeat(500) }));
  }
  const file = `${person.home}/bundle.json`;
  await person.run(["self-test", "--bundle", file]);
  const { log } = parseDocument(await Deno.readTextFile(file));
  assert(Array.isArray(log));
  assert(log.length < LIMITS.bundle_log_entries && log.length > 10, `${log.length}`);
  assertEquals(log.at(-1).details.number, LIMITS.bundle_log_entries - 1);
});

Deno.test("a bundle of a machine where nothing is set up, or all is damaged, is written", async () => {
  await using person = new Person();
  await Deno.mkdir(`${person.home}/config`);
  await Deno.writeTextFile(`${person.home}/config/config.json`, "{");
  await Deno.mkdir(`${person.home}/state/operations.jsonl`, { recursive: true });
  const file = `${person.home}/bundle.json`;
  await person.run(["self-test", "--bundle", file]);
  const { config, log } = parseDocument(await Deno.readTextFile(file));
  assertEquals([config, log], [{ error: "config_corrupt" }, { error: "file_error" }]);
});
