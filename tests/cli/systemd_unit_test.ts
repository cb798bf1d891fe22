import { assertEquals, assertMatch } from "@std/assert";
import { serviceUnit } from "../../src/cli/systemd_unit.ts";
import { Person } from "./person.ts";

/** What systemd says against a unit; null where it isn't here. */
async function complaints(unit: string): Promise<string[] | null> {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/horizon-provide.service`;
    await Deno.writeTextFile(path, unit);
    const { stderr } = await new Deno.Command("systemd-analyze", {
      args: ["--user", "verify", path],
      env: { XDG_RUNTIME_DIR: folder },
    }).output();
    // Before version 254 one line of it is unknown, and passed over; the rest is of other units.
    return new TextDecoder().decode(stderr).split("\n")
      .filter((line) => line.includes("horizon-provide") && !/DelegateSubgroup/.test(line));
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return null;
    throw thrown;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the printed unit is one that systemd takes, with the flags that were given", async () => {
  await using person = new Person();
  const words = ["provide", "--gpu-id", "rig-1", "rig-2", "--kinds", "wgsl,onnx", "--print-unit"];
  const { code, stdout, stderr } = await person.run(words);
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /^ExecStart=\/.* provide --gpu-id rig-1 rig-2 --kinds wgsl,onnx$/m);
  assertMatch(stdout, new RegExp(`^Environment=HORIZON_HOME=${person.home}$`, "m"));
  assertMatch(stderr, /systemctl --user enable --now horizon-provide/);
  const found = await complaints(stdout);
  if (found === null) console.log("systemd isn't here: its own check is skipped");
  else assertEquals(found, []);
});

Deno.test("words are read back as they were, and no text of theirs becomes a line of the unit", async () => {
  const unit = serviceUnit({
    description: "test",
    command: ["/bin/echo", "two words", "$HOME", "50%", 'a"b\\c', "new\nUser=root", ""],
    env: { HORIZON_HOME: "/home/an owner/100%" },
  });
  assertMatch(
    unit,
    /^ExecStart=\/bin\/echo "two words" "\$\$HOME" "50%%" "a\\"b\\\\c" "new\\x0aUser=root" ""$/m,
  );
  assertMatch(unit, /^Environment="HORIZON_HOME=\/home\/an owner\/100%%"$/m);
  assertEquals(/^User=/m.test(unit), false);
  const found = await complaints(unit);
  if (found !== null) assertEquals(found, []);
});
