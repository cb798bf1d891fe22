import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { pick } from "../../src/cli/json_path.ts";

const gpu = {
  gpu_id: "rig-1",
  performance: { fp32_gflops: { median: 10, p10: 9 }, launch_us: { median: 5, p10: 4 } },
  contradicts: [],
  verdict: null,
};

Deno.test("short paths and JSONPath name the same places", () => {
  const paths = [
    ".performance.fp32_gflops",
    "performance.fp32_gflops",
    "$.performance.fp32_gflops",
  ];
  for (const path of paths) assertEquals(pick(gpu, path), { median: 10, p10: 9 });
  assertEquals(pick(gpu, "['gpu_id']"), "rig-1");
  assertEquals(pick(gpu, "$"), gpu);
  assertEquals(pick(gpu, ".verdict"), null);
});

Deno.test("a path that may match many gives a list, maybe an empty one", () => {
  assertEquals(pick(gpu, "$.performance.*.median"), [10, 5]);
  assertEquals(pick(gpu, ".performance[?@.median > 6].p10"), [9]);
  assertEquals(pick(gpu, "$..nothing"), []);
});

Deno.test("a field that isn't there is an error with the nearest one", () => {
  const error = assertThrows(() => pick(gpu, ".perfomance"), HorizonError);
  assertEquals(error.code, "invalid_filter");
  assertStringIncludes(error.message, 'Did you mean "performance"?');
});

Deno.test("what is no path is an error that says where", () => {
  const wrong = [
    "$.[",
    "$.a[?",
    "..",
    "$ .",
    "",
    "$.a b",
    "\u0000",
    "x".repeat(5000),
    "$[9999999999999999999]",
  ];
  for (const path of wrong) {
    const error = assertThrows(() => pick(gpu, path), HorizonError);
    assertEquals(error.code, "invalid_filter", path.slice(0, 40));
    assertEquals(error.message.length < 400, true);
  }
});
