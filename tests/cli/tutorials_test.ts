import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../src/cli/commands.ts";
import { TUTORIALS, tutorialText } from "../../src/cli/tutorials.ts";
import { Person } from "./person.ts";

Deno.test("the README has each tutorial word for word", async () => {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  for (const text of Object.values(TUTORIALS)) assertStringIncludes(readme, text);
});

Deno.test("help prints a tutorial, a group or a command by its name, and knows no other", async () => {
  await using person = new Person();
  const { stdout } = await person.run(["help", "owner"]);
  assertEquals(stdout, tutorialText("owner"));
  assertStringIncludes(stdout, "    $ horizon provide\n");
  assert(!/```|\*\*|^#/m.test(stdout));
  assertStringIncludes((await person.run(["help", "rent"])).stdout, "Usage: horizon rent <gpu_id>");
  assertStringIncludes((await person.run(["help", "lease", "end"])).stdout, "horizon lease end");
  assertStringIncludes((await person.run(["help", "lease"])).stdout, "lease extend");
  assertEquals((await person.refusal("help", "nobody")).code, "unknown_command");
  assertStringIncludes((await person.run(["help"])).stdout, "horizon help owner");
});

Deno.test("each command of a tutorial is one that there is", () => {
  for (const text of Object.values(TUTORIALS)) {
    for (const [, words = ""] of text.matchAll(/(?:^\$ |`)horizon ((?:[a-z-]+ ?)+)/gm)) {
      const [first = "", second = ""] = words.trim().split(" ");
      const isThere = first === "help" || Object.hasOwn(COMMANDS, first) ||
        Object.hasOwn(COMMANDS, `${first} ${second}`);
      assert(isThere, words);
    }
  }
});
