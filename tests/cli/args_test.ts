import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { readInput } from "../../src/cli/args.ts";
import type { ArgSpecs, FlagSpecs } from "../../src/cli/command.ts";

const flags: FlagSpecs = {
  price: { kind: "text", value: "<price>", summary: "price" },
  "gpu-type": { kind: "words", summary: "type" },
  limit: { kind: "integer", min: 1, max: 100, summary: "limit" },
  yes: { kind: "boolean", short: "y", summary: "yes" },
};
const args: ArgSpecs = {
  gpu_id: { summary: "the GPU" },
  other: { summary: "another", optional: true },
};
const read = (...words: string[]) => readInput(words, { name: "test", args, flags });

function refusal(...words: string[]): string {
  const error = assertThrows(() => read(...words), HorizonError);
  assertEquals(error.code, "invalid_input");
  return error.message;
}

Deno.test("words and flags come out typed, in any order", () => {
  const expected = {
    args: { gpu_id: "rig-1", other: undefined },
    flags: { price: "0.30", "gpu-type": undefined, limit: 5, yes: true },
  };
  assertEquals(read("rig-1", "--price", "0.30", "--limit", "5", "--yes"), expected);
  assertEquals(read("--limit=5", "-y", "--price=0.30", "rig-1"), expected);
});

Deno.test("a type of several words needs no quotes", () => {
  assertEquals(
    read("x", "--gpu-type", "RTX", "3090", "--price", "1").flags["gpu-type"],
    "RTX 3090",
  );
  assertEquals(read("x", "--gpu-type", "RTX 3090").flags["gpu-type"], "RTX 3090");
  assertEquals(read("x", "--gpu-type=RTX", "3090", "-y").flags["gpu-type"], "RTX 3090");
});

Deno.test("what looks like a number stays the text that it is", () => {
  assertEquals(read("007", "1e5").args, { gpu_id: "007", other: "1e5" });
  assertEquals(read("true", "--yes", "false").args, { gpu_id: "true", other: "false" });
});

Deno.test("a negative price reaches the one who judges it", () => {
  assertEquals(read("x", "--price", "-5").flags.price, "-5");
  assertEquals(read("x", "--price=-5").flags.price, "-5");
});

Deno.test("after -- everything is an argument", () => {
  assertEquals(read("--yes", "--", "--price", "-y").args, { gpu_id: "--price", other: "-y" });
});

Deno.test("unknown flags are refused with the nearest one", () => {
  assertStringIncludes(refusal("x", "--prize", "1"), 'Did you mean "--price"?');
  assertStringIncludes(refusal("x", "--no-yes"), '"--no-yes"');
  refusal("x", "-z");
  refusal("x", "--toString");
  refusal("x", "--__proto__", "1");
  refusal("x", "--price.x=1");
});

Deno.test("missing, repeated, surplus and misplaced values are refused", () => {
  assertStringIncludes(refusal(), "<gpu_id> is missing");
  assertStringIncludes(refusal("a", "b", "c"), '"c" is one argument too many');
  assertStringIncludes(refusal("x", "--price"), "--price needs a value: <price>");
  assertStringIncludes(refusal("x", "--price", "--yes"), "--price needs a value");
  assertStringIncludes(refusal("x", "--price="), "--price needs a value");
  assertStringIncludes(refusal("x", "--gpu-type", "-y"), "--gpu-type needs a value");
  assertStringIncludes(refusal("x", "--price", "1", "--price", "2"), "twice");
  assertStringIncludes(refusal("x", "-y", "--yes"), "twice");
  assertStringIncludes(refusal("x", "--yes=1"), "takes no value");
});

Deno.test("whole numbers are whole, and within their bounds", () => {
  for (const text of ["0", "101", "1.5", "-1", "NaN", "1e1", "0x5", "9".repeat(400), "٣"]) {
    assertStringIncludes(refusal("x", "--limit", text), "from 1 to 100");
  }
});

Deno.test("an error never repeats a long argument", () => {
  const long = "x".repeat(10_000);
  for (const words of [["a", "b", long], ["x", "--limit", long], ["x", `--${long}`]]) {
    assertEquals(refusal(...words).length < 300, true);
  }
});
