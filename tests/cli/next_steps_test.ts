import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findCommand } from "../../src/cli/find_command.ts";
import { NEXT_STEPS } from "../../src/cli/next_steps.ts";
import { CODES } from "../../src/protocol/codes.ts";
import { Person } from "./person.ts";

Deno.test("each code has a next step, and no other has", () => {
  assertEquals(Object.keys(NEXT_STEPS).sort(), Object.keys(CODES).sort());
});

Deno.test("each command and flag that a next step names is one that there is", async () => {
  for (const [code, text] of Object.entries(NEXT_STEPS)) {
    for (const [, line = ""] of text.matchAll(/(?<!version of )horizon ([a-z][^;:,]*)/g)) {
      const words = line.trim().split(/\s+/);
      const { entry } = findCommand(words.filter((word) => !word.startsWith("-")));
      const { command } = await entry.load();
      for (const word of words.filter((word) => word.startsWith("--"))) {
        const isThere = word === "--help" || Object.hasOwn(command.flags, word.slice(2));
        assert(isThere, `${code}: ${line}`);
      }
    }
  }
});

Deno.test("an error that says nothing itself is followed by the next step of its code", async () => {
  await using person = new Person();
  await person.json("init");
  const { stderr } = await person.run(["lease", "end", "lease_9"]);
  assertStringIncludes(stderr, "error: There is no lease lease_9");
  assertStringIncludes(stderr, "\nSee yours: horizon lease list\n");
});
