import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Person } from "./person.ts";

Deno.test("init makes a key once, and shows it ever after", async () => {
  await using person = new Person();
  const first = await person.json("init");
  assertEquals(first.created, true);
  const second = await person.json("init");
  assertEquals([second.created, second.actor], [false, first.actor]);
  assertEquals((await person.json("wallet", "balance")).actor, first.actor);
});

Deno.test("without a key it says what makes one", async () => {
  await using person = new Person();
  const { code, stderr } = await person.run(["wallet", "balance"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "horizon init");
});

Deno.test("a key that others can read is refused by every command, with the chmod", async () => {
  await using person = new Person();
  const { key_file } = await person.json("init");
  await Deno.chmod(String(key_file), 0o644);
  for (const words of [["wallet", "balance"], ["list-gpus"], ["rent", "x", "--yes"], ["init"]]) {
    const refused = await person.refusal(...words);
    assertEquals([refused.code, refused.exit], ["key_exposed", 3], words.join(" "));
    assertEquals(refused.fix, `Run: chmod 600 ${key_file}`);
  }
});

Deno.test("key_file of the configuration names another key", async () => {
  await using person = new Person();
  const first = await person.json("init");
  const key_file = `${person.home}/keys/second.pem`;
  await person.json("config", "--set", "key_file", key_file);
  assertEquals((await person.refusal("wallet", "balance")).code, "key_missing");
  const second = await person.json("init");
  assertEquals(second.key_file, key_file);
  assert(second.actor !== first.actor);
  assertEquals((await person.json("wallet", "balance")).actor, second.actor);
});

Deno.test("a damaged key file is refused, and its content is shown nowhere", async () => {
  await using person = new Person();
  const { key_file } = await person.json("init");
  const secret = (await Deno.readTextFile(String(key_file))).split("\n")[1] ?? "";
  await Deno.writeTextFile(String(key_file), secret);
  const { code, stdout, stderr } = await person.run(["wallet", "balance"]);
  assertEquals(code, 3);
  assert(!`${stdout}${stderr}`.includes(secret.slice(22)));
});

Deno.test("init asks two questions on a terminal, the first time alone, and none elsewhere", async () => {
  await using person = new Person();
  const typed = ["ftp://nowhere", "https://registry.example/", "", "never asked"];
  const first = await person.run(["init"], { typed, terminal: true });
  assertEquals(first.code, 0, first.stderr);
  assertEquals(first.stderr.match(/Address of your registry/g)?.length, 2);
  assertEquals(first.stderr.match(/The most you'd pay/g)?.length, 1);
  const { values } = await person.json("config");
  assertEquals(Object(values).registry, "https://registry.example");
  assertEquals(Object(values).max_price, null);
  const again = await person.run(["init"], { typed: [], terminal: true });
  assert(!again.stderr.includes("Address"));
  await using program = new Person();
  for (const situation of [{}, { typed: ["x"] }]) {
    const { stderr } = await program.run(["init"], situation);
    assert(!stderr.includes("Address"));
  }
});
