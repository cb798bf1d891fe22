import { assertEquals, assertStringIncludes } from "@std/assert";
import { CONFIG_KEYS } from "../../src/base/config_keys.ts";
import { Person } from "./person.ts";

Deno.test("a value is set, got, listed and unset", async () => {
  await using person = new Person();
  assertEquals(await person.json("config", "--set", "max_price", "0.50"), {
    key: "max_price",
    value: "0.50",
  });
  assertEquals((await person.run(["config", "--get", "max_price"])).stdout, "0.50\n");
  const { values } = await person.json("config", "--list");
  assertEquals(Object.keys(Object(values)), Object.keys(CONFIG_KEYS));
  assertEquals(Object(values).max_price, "0.50");
  assertEquals((await person.json("config", "--unset", "max_price")).value, null);
  assertEquals((await person.run(["config", "--get", "max_price"])).stdout, "");
});

Deno.test("values keep their types", async () => {
  await using person = new Person();
  await person.run(["config", "--set", "allow_software", "true"]);
  await person.run(["config", "--set", "auction_timeout", "30"]);
  assertEquals((await person.json("config", "--get", "allow_software")).value, true);
  assertEquals((await person.json("config", "--get", "auction_timeout")).value, 30);
});

Deno.test("unknown keys are refused with a suggestion, and nothing is written", async () => {
  await using person = new Person();
  for (const verb of ["--set", "--get", "--unset"]) {
    const value = verb === "--set" ? ["1"] : [];
    const refused = await person.refusal("config", verb, "max_prise", ...value);
    assertEquals([refused.code, refused.exit], ["unknown_key", 2]);
    assertStringIncludes(refused.message, 'Did you mean "max_price"?');
  }
  assertEquals(await exists(`${person.home}/config/config.json`), false);
});

Deno.test("values that a key can't have are refused with exit code 2, and nothing is changed", async () => {
  await using person = new Person();
  await person.run(["config", "--set", "max_price", "1"]);
  const before = await Deno.readTextFile(`${person.home}/config/config.json`);
  for (const value of ["-1", "NaN", "1e400", "0.1234567", "x", "5000"]) {
    const refused = await person.refusal("config", "--set", "max_price", value);
    assertEquals([refused.code, refused.exit], ["invalid_price", 2], value);
  }
  const wrong = [["registry", "ftp://x"], ["allow_software", "maybe"], ["auction_timeout", "0"]];
  for (const words of wrong) {
    assertEquals((await person.refusal("config", "--set", ...words)).exit, 2, words.join(" "));
  }
  assertEquals(await Deno.readTextFile(`${person.home}/config/config.json`), before);
});

Deno.test("the verbs are not mixed, and need what they need", async () => {
  await using person = new Person();
  const wrong = [
    ["--set", "--get", "max_price"],
    ["--set", "max_price"],
    ["--set"],
    ["--get"],
    ["--get", "max_price", "1"],
    ["max_price"],
    ["--path", "max_price"],
  ];
  for (const words of wrong) {
    assertEquals((await person.refusal("config", ...words)).exit, 2, words.join(" "));
  }
});

Deno.test("a corrupted config file stops every command that reads it, and names the file", async () => {
  await using person = new Person();
  const { path } = await person.json("config", "--path");
  await person.run(["config", "--set", "max_price", "1"]);
  await Deno.writeTextFile(String(path), '{"version":1,"values":{"max_pr');
  for (const words of [["list-gpus"], ["rent", "x"], ["config", "--list"], ["logs"], ["init"]]) {
    const refused = await person.refusal(...words);
    assertEquals([refused.code, refused.exit], ["config_corrupt", 1], words.join(" "));
    assertStringIncludes(refused.message, String(path));
  }
});

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
