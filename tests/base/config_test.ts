import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { configPath, loadConfig, readEntries, writeEntries } from "../../src/base/config.ts";
import { CONFIG_KEYS, type ConfigKey } from "../../src/base/config_keys.ts";
import { HorizonError } from "../../src/base/errors.ts";
import { TemporaryFolder } from "./home.ts";

Deno.test("without a file the defaults hold", async () => {
  await using home = new TemporaryFolder();
  assertEquals(await readEntries(home.path), {});
  assertEquals(await loadConfig(home.path), {
    registry: null,
    registry_node: null,
    tls_ca: null,
    key_file: null,
    max_price: null,
    min_price: null,
    auction_timeout: 10,
    default_duration_hours: 1,
    allow_software: null,
    private_peers: false,
    log_level: "info",
  });
});

Deno.test("what is written is read again, and the file is private", async () => {
  await using home = new TemporaryFolder();
  const folder = `${home.path}/config`;
  const entries = { max_price: "0.50", allow_software: true, auction_timeout: 5 };
  await writeEntries(folder, entries);
  assertEquals(await readEntries(folder), entries);
  assertEquals((await loadConfig(folder)).max_price, "0.50");
  assertEquals(((await Deno.stat(configPath(folder))).mode ?? 0) & 0o777, 0o600);
  assertEquals([...Deno.readDirSync(folder)].length, 1);
});

Deno.test("a damaged config file is refused with its path and what is wrong", async () => {
  await using home = new TemporaryFolder();
  const path = configPath(home.path);
  const cases: [text: string, why: string][] = [
    ["", "not JSON"],
    ['{"version":1,"values":{"max_price":"0.', "not JSON"],
    ["[]", "not a JSON object"],
    ['{"version":2,"values":{}}', "format version is 2"],
    ['{"values":{}}', "format version"],
    ['{"version":1}', '"values"'],
    ['{"version":1,"values":{},"extra":1}', 'unknown field "extra"'],
    ['{"version":1,"values":{"max_prize":"1"}}', 'unknown key "max_prize"'],
    ['{"version":1,"values":{"max_price":1}}', '"max_price" is not a string'],
    ['{"version":1,"values":{"max_price":"-1"}}', '"max_price"'],
    ['{"version":1,"values":{"auction_timeout":1e400}}', '"auction_timeout"'],
    ['{"version":1,"values":{"__proto__":{}}}', "unknown key"],
    [" ".repeat(70_000), "not a config file"],
  ];
  for (const [text, why] of cases) {
    await Deno.writeTextFile(path, text);
    const error = await assertRejects(() => loadConfig(home.path), HorizonError);
    assertEquals(error.code, "config_corrupt", text.slice(0, 60));
    assertStringIncludes(error.message, path);
    assertStringIncludes(error.message, why);
    assertEquals(await Deno.readTextFile(path), text, "nothing is changed");
  }
});

Deno.test("every key refuses what it can't be", () => {
  const wrong: Record<ConfigKey, string[]> = {
    registry: ["", "x", "ftp://x", "http://u:p@x", "http://x/?a=1", "http://x/#a", "http://"],
    registry_node: ["", "me", "z6Mk"],
    tls_ca: ["", "a\u0000b", "x".repeat(2000)],
    key_file: ["", "a\nb"],
    max_price: ["-1", "NaN", "1e400", "0.0000001", "5000", ""],
    min_price: ["-1", "NaN", "1e400", "0.0000001", "5000", ""],
    auction_timeout: ["0", "-1", "NaN", "1e3", "10081", ""],
    default_duration_hours: ["0", "0.01", "-1", "8785", "Infinity"],
    log_level: ["", "verbose", "INFO", "warning"],
    allow_software: ["", "yes", "1", "TRUE"],
    private_peers: ["", "yes", "1", "TRUE"],
  };
  for (const [key, texts] of Object.entries(wrong)) {
    const spec = Object.entries(CONFIG_KEYS).find(([name]) => name === key)?.[1];
    for (const text of texts) {
      assertThrows(() => spec?.parse(text), HorizonError);
    }
  }
});

Deno.test("every value that a key gives is of the type that its file form has", () => {
  const right: Record<ConfigKey, string> = {
    registry: "https://registry.example/",
    registry_node: "z6MkvBokEaNo32TSksFmfveihm2ExYf2hz6Ym3GmvohmqQMU",
    tls_ca: "/etc/ca.pem",
    key_file: "key.pem",
    max_price: "0.50",
    min_price: "0",
    auction_timeout: "7.5",
    default_duration_hours: "0.25",
    log_level: "debug",
    allow_software: "false",
    private_peers: "true",
  };
  for (const [key, spec] of Object.entries(CONFIG_KEYS)) {
    const text = Object.entries(right).find(([name]) => name === key)?.[1] ?? "";
    const type: string = typeof spec.parse(text);
    assertEquals(type, spec.type, key);
  }
  assertEquals(CONFIG_KEYS.registry.parse(right.registry), "https://registry.example");
});
