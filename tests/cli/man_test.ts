import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../src/cli/commands.ts";
import { EXIT } from "../../src/protocol/codes.ts";
import { Person } from "./person.ts";

/** What groff says of a page, and the page as text; null where it isn't installed. */
async function formatted(page: string): Promise<{ warnings: string; text: string } | null> {
  let child;
  try {
    const args = ["-man", "-ww", "-Tutf8", "-P-cbou"];
    const pipes = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    child = new Deno.Command("groff", { args, ...pipes }).spawn();
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return null;
    throw thrown;
  }
  const writer = child.stdin.getWriter();
  const writing = writer.write(new TextEncoder().encode(page)).then(() => writer.close());
  const { stdout, stderr } = await child.output();
  await writing;
  const decoder = new TextDecoder();
  return { warnings: decoder.decode(stderr), text: decoder.decode(stdout) };
}

Deno.test("the manual page has every command, flag and exit code, and troff reads it without a warning", async () => {
  await using person = new Person();
  const { stdout } = await person.run(["man"]);
  for (const name of Object.keys(COMMANDS)) {
    const { command } = await COMMANDS[name]!.load();
    assertStringIncludes(stdout, `.SS "${name.replaceAll("-", "\\-")}`);
    for (const flag of Object.keys(command.flags)) {
      assertStringIncludes(stdout, `\\-\\-${flag.replaceAll("-", "\\-")}`);
    }
    assert(command.examples.length > 0, `${name} has no example`);
  }
  for (const code of Object.values(EXIT)) assertStringIncludes(stdout, `.B ${code}\n`);
  const page = await formatted(stdout);
  if (page === null) return console.log("skipped: groff isn't installed");
  assertEquals(page.warnings, "");
  assertStringIncludes(page.text, "horizon rent rig-1 --duration 2");
});
