import { assertEquals, assertStringIncludes } from "@std/assert";
import { diskError } from "../../src/store/disk_error.ts";

Deno.test("a value that only a newer Deno reads is told as that, with the way out", () => {
  const error = diskError(new RangeError("could not deserialize value"), "opening the folder");
  assertEquals(error.code, "data_newer");
  assertStringIncludes(error.message, `a newer Deno than ${Deno.version.deno}`);
  assertStringIncludes(error.fix ?? "", "horizon backup");
});

Deno.test("what the disk and SQLite say has its code, and anything else is internal", () => {
  const codeOf = (text: string) => diskError(new Error(text), "writing").code;
  assertEquals(codeOf("database or disk is full"), "disk_full");
  assertEquals(codeOf("database disk image is malformed"), "data_corrupt");
  assertEquals(codeOf("something else"), "internal");
});
