import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { compileFilter, parseSort, sortable } from "../../src/protocol/filter.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { gpuView } from "../registry/views.ts";

const gpu = gpuView({
  gpu_id: "gpu-1",
  gpu_type: "NVIDIA GeForce RTX 3090",
  vram_gb: 24,
  price_micros_per_hour: 300_000,
  available: true,
  class: "RTX 3090",
});

const matches = (filter: string) => compileFilter(filter)(gpu);

Deno.test("every operator compares as it says, for numbers, prices, texts and flags", () => {
  const cases: [string, boolean][] = [
    ["", true],
    ["vram_gb=24", true],
    ["vram_gb!=24", false],
    ["vram_gb<24", false],
    ["vram_gb<=24", true],
    ["vram_gb>24", false],
    ["vram_gb>=24", true],
    ["price=0.3", true],
    ["price=0.30", true],
    ["price<0.300001", true],
    ["price<0.3", false],
    ["price>0.299999", true],
    ["type~3090", true],
    ["type~rtx", true],
    ['type~"rtx 3090"', true],
    ["type=3090", false],
    ['class="RTX 3090"', true],
    ['class!="RTX 3090"', false],
    ["verdict=verified", true],
    ["verdict!=verified", false],
    ["available=true", true],
    ["available=false", false],
    ["online!=true", true],
    ["  vram_gb >= 24   price < 0.5 ", true],
    ["vram_gb>=24 price<0.2", false],
  ];
  for (const [filter, expected] of cases) assertEquals(matches(filter), expected, filter);
});

Deno.test("a figure that a GPU lacks fails every term on it but !=", () => {
  assertEquals(matches("fp16_gflops>=0"), false);
  assertEquals(matches("fp16_gflops<0"), false);
  assertEquals(matches("fp16_gflops!=5"), true);
});

Deno.test("a filter that can't be read says where and why", () => {
  const cases: [string, number, string][] = [
    ["vrm_gb>24", 1, 'no field "vrm_gb"'],
    ["constructor=1", 1, "no field"],
    ["vram_gb", 8, "must follow"],
    ["vram_gb>", 9, "a value must stand here"],
    ["vram_gb>>24", 9, "a value must stand here"],
    ["vram_gb>many", 9, "is a number"],
    ["vram_gb~2", 8, "does not take ~"],
    ["price<-1", 7, "not an amount"],
    ["price<1e400", 7, "not an amount"],
    ["price<0.1234567", 7, "not an amount"],
    ['type="RTX', 6, "no end"],
    ["type>3", 5, "takes =, != or ~"],
    ["verdict=good", 9, "one of verified"],
    ["online>true", 7, "takes = or !="],
    ["online=yes", 8, "true or false"],
    ["vram_gb>=24price<1", 17, "a space must divide"],
    ['type="A100"price<1', 12, "a space must divide"],
    ["vram_gb>=24 and price<1", 17, "must follow"],
    ["=24", 1, "a field's name"],
    ["vram_gb>=1 ".repeat(17), 177, "at most 16 terms"],
  ];
  for (const [filter, position, why] of cases) {
    const error = refusalOf(() => compileFilter(filter));
    assertEquals(error.details?.position, position, filter);
    assertStringIncludes(error.message, why);
    assertStringIncludes(error.message, `\n  ${filter}\n  ${" ".repeat(position - 1)}^`);
  }
});

Deno.test("an unknown field is answered with the nearest one", () => {
  assertStringIncludes(refusalOf(() => compileFilter("vrm_gb>24")).fix ?? "", '"vram_gb"');
});

Deno.test("a filter is bounded, and one with control characters is not echoed", () => {
  refusalOf(() => compileFilter("a".repeat(LIMITS.filter_chars + 1)));
  const error = refusalOf(() => compileFilter("type=\u001b[31m"));
  assertEquals(error.message.includes("\u001b"), false);
});

Deno.test("an order is a figure, a price or the id, maybe reversed", () => {
  assertEquals(parseSort("price"), { field: "price", descending: false });
  assertEquals(parseSort("-vram_gb"), { field: "vram_gb", descending: true });
  for (const sort of ["", "-", "--price", "online", "prices", "toString"]) {
    assertStringIncludes(refusalOf(() => parseSort(sort)).fix ?? "", sortable().join(", "));
  }
});

function refusalOf(act: () => unknown): HorizonError {
  const error = assertThrows(act, HorizonError);
  assertEquals(error.code, "invalid_filter");
  return error;
}
