import { assertEquals, assertStringIncludes } from "@std/assert";
import { logFiles } from "../../src/base/log.ts";
import { fileError } from "../../src/cli/file_error.ts";
import { Person } from "./person.ts";

/** Linux's file that is always full. */
const FULL = "/dev/full";
const hasFull = await Deno.stat(FULL).then(() => true, () => false);

Deno.test("a home that is no folder is told by name, without a stack", async () => {
  await using person = new Person();
  const file = `${person.home}/file`;
  await Deno.writeTextFile(file, "");
  const { code, stdout, stderr } = await person.run(["init"], { env: { HORIZON_HOME: file } });
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, `${file}/config`);
  assertEquals(stderr.includes(" at "), false);
});

Deno.test({ name: "a full disk has its code", ignore: !hasFull }, async () => {
  const thrown = await Deno.writeTextFile(FULL, "x").catch((cause) => cause);
  assertEquals(fileError(thrown)?.code, "disk_full");
});

Deno.test({ name: "a full disk under the log stops no command", ignore: !hasFull }, async () => {
  await using person = new Person();
  await person.json("init");
  const [log = ""] = logFiles(`${person.home}/state`);
  await Deno.remove(log);
  await Deno.symlink(FULL, log);
  const { code, stderr } = await person.run(["config", "--set", "max_price", "1"]);
  assertEquals(code, 0);
  assertStringIncludes(stderr, "log can't be written");
});

Deno.test("an error of the program is none of the file system", () => {
  assertEquals(fileError(new TypeError("x is not a function")), null);
  assertEquals(fileError("thrown text"), null);
});
