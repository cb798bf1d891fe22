import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { VERSION } from "../../src/base/version.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { parseDocument } from "../e2e/binary.ts";
import { Person } from "./person.ts";

Deno.test("version prints one line, and one document with --json", async () => {
  await using person = new Person();
  assertEquals((await person.run(["version"])).stdout, `horizon ${VERSION}\n`);
  assertEquals((await person.json("version")).version, VERSION);
  assertEquals([...Deno.readDirSync(person.home)], [], "it touches no file");
});

Deno.test("the version is the one that deno.json says", async () => {
  const text = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
  assertEquals(JSON.parse(text).version, VERSION);
});

Deno.test("help without a command lists every command", async () => {
  await using person = new Person();
  for (const words of [[], ["--help"], ["-h"], ["help"]]) {
    const { code, stdout } = await person.run(words);
    assertEquals(code, 0);
    for (const name of Object.keys(COMMANDS)) assertStringIncludes(stdout, `  ${name} `);
  }
});

Deno.test("every command is what the table says, and its help has usage and examples", async () => {
  await using person = new Person();
  for (const [name, entry] of Object.entries(COMMANDS)) {
    const { command } = await entry.load();
    assertEquals([command.name, command.summary], [name, entry.summary]);
    const { code, stdout, stderr } = await person.run([...name.split(" "), "--help"]);
    assertEquals([code, stderr], [0, ""], name);
    assertStringIncludes(stdout, `Usage: horizon ${name}`);
    assert(command.examples.length > 0, name);
    for (const example of command.examples) assertStringIncludes(stdout, example);
    for (const flag of Object.keys(command.flags)) assertStringIncludes(stdout, `--${flag}`);
    assert(
      stdout.split("\n").every((line) => line.length <= 120 || line.startsWith("Usage")),
      name,
    );
  }
});

Deno.test("the help of every command is one document with --json", async () => {
  await using person = new Person();
  for (const name of Object.keys(COMMANDS)) {
    const document = await person.json(...name.split(" "), "--help");
    assertStringIncludes(String(document.help), `horizon ${name}`);
  }
});

Deno.test("a group's name alone names its members; with --help it lists them", async () => {
  await using person = new Person();
  const refused = await person.refusal("lease");
  assertEquals([refused.code, refused.exit], ["unknown_command", 2]);
  assertStringIncludes(refused.message, "list, end, extend");
  const { code, stdout } = await person.run(["lease", "--help"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "lease extend");
  assert(!stdout.includes("list-gpus"));
});

Deno.test("unknown commands get a suggestion and exit code 2", async () => {
  await using person = new Person();
  const cases = [
    [["list-gpu"], "list-gpus"],
    [["lese", "list"], "lease"],
    [["lease", "lsit"], "list"],
    [["wallet", "balanse"], "balance"],
  ] as const;
  for (const [words, wanted] of cases) {
    const { code, stdout, stderr } = await person.run([...words]);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, `Did you mean "${wanted}"?`);
  }
  for (const word of ["toString", "__proto__", "", "x".repeat(10_000), "\u001b[2J", "--yes"]) {
    const { code, stderr } = await person.run([word]);
    assertEquals(code, 2);
    assert(stderr.length < 400);
    assert(!stderr.includes("\u001b"), "nothing reaches the terminal that could steer it");
  }
});

Deno.test("with --json an error of the command line is one document too, and stderr is empty", async () => {
  await using person = new Person();
  for (const words of [["nope"], ["rent"], ["rent", "x", "--oops"], ["config", "--get", "x"]]) {
    const { code, stdout, stderr } = await person.run([...words, "--json"]);
    assertEquals([code, stderr], [2, ""], words.join(" "));
    const { error } = parseDocument(stdout);
    assert(typeof error === "object" && error !== null && "code" in error && "status" in error);
  }
});

Deno.test("unknown flags of every command exit with 2", async () => {
  await using person = new Person();
  for (const name of Object.keys(COMMANDS)) {
    const refused = await person.refusal(...name.split(" "), "--no-such-flag");
    assertEquals([refused.code, refused.exit], ["invalid_input", 2], name);
    assertStringIncludes(refused.message, "--no-such-flag");
  }
});
