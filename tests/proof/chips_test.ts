import { assert, assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import { architectureOf, ARCHITECTURES } from "../../src/proof/architectures.ts";
import { CHIPS, ratedSpeeds } from "../../src/proof/chips.ts";
import { fillsMemory, planProof } from "../../src/proof/plan.ts";
import { checkSize } from "../../src/proof/size.ts";
import {
  SOFTWARE_FLOOR_CHAIN_GOPS,
  SOFTWARE_FLOOR_GOPS,
  SOFTWARE_FLOOR_MB_PER_S,
} from "../../src/proof/software.ts";
import { chipNamed, normalizeTypeName } from "../../src/proof/type_names.ts";
import { windowsOf } from "../../src/proof/windows.ts";

Deno.test("the table has at least 50 chips of four makers, each with its source", () => {
  assertGreaterOrEqual(CHIPS.length, 50);
  for (const maker of ["NVIDIA", "AMD", "Intel", "Apple"]) {
    assert(CHIPS.some(({ vendor }) => vendor === maker), maker);
  }
  for (const { id, source, vendor } of CHIPS) {
    assert(source.startsWith(vendor) && / units, [\d.]+ GHz\)$/.test(source), `${id}: ${source}`);
  }
});

Deno.test("no two chips share a name or an alias, and no alias repeats a name", () => {
  const owners = new Map<string, string>();
  for (const { id, name, aliases } of CHIPS) {
    // An id may read as its name does; a name and an alias that do are one too many.
    for (const normal of [name, ...aliases].map(normalizeTypeName)) {
      assert(normal !== "", `${id}: a name that says nothing`);
      assertEquals(owners.get(normal), undefined, `${id}: ${normal}`);
      owners.set(normal, id);
    }
    const own = owners.get(normalizeTypeName(id));
    assert(own === undefined || own === id, `${id} is the name of ${own}`);
    assertEquals(chipNamed(id)?.id, id);
  }
  assertEquals(new Set(CHIPS.map(({ id }) => id)).size, CHIPS.length);
});

Deno.test("units, clock and architecture give the fp32 rate that makers publish", () => {
  // TFLOP/s as data sheets print them.
  const published: [string, number][] = [
    ["gtx-1080-ti", 11.3],
    ["rtx-2080-ti", 13.4],
    ["rtx-3060", 12.7],
    ["rtx-3090", 35.6],
    ["rtx-4090", 82.6],
    ["rtx-5090", 104.8],
    ["t4", 8.1],
    ["v100-32gb", 15.7],
    ["a10", 31.2],
    ["a40", 37.4],
    ["a100-80gb", 19.5],
    ["l4", 30.3],
    ["l40s", 91.6],
    ["h100-pcie", 51.2],
    ["h100-sxm", 66.9],
    ["h200", 66.9],
    ["rtx-a6000", 38.7],
    ["rtx-6000-ada", 91.1],
    ["rx-5700-xt", 9.75],
    ["rx-6800-xt", 20.74],
    ["rx-7900-xtx", 61.4],
    ["rx-9070-xt", 48.7],
    ["mi210", 22.6],
    ["mi300x", 163.4],
    ["arc-a770", 19.66],
    ["apple-m1", 2.6],
    ["apple-m2-max", 13.6],
  ];
  for (const [id, tflops] of published) {
    const { fp32_gflops } = chipNamed(id)!;
    assertLess(Math.abs(fp32_gflops / 1000 / tflops - 1), 0.01, `${id}: ${fp32_gflops}`);
  }
});

Deno.test("each architecture's integer rates are sane, said in words, and used by a chip", () => {
  const used = new Set(CHIPS.map(({ architecture }) => architecture));
  assertEquals([...used].sort(), Object.keys(ARCHITECTURES).sort());
  for (const id of used) {
    const { fp32_per_clock, u32_per_clock, chain_per_clock, why, estimated } = architectureOf(id);
    const u32 = u32_per_clock / fp32_per_clock, chain = chain_per_clock / u32_per_clock;
    assert(u32 >= 0.1 && u32 <= 1, `${id}: u32 is ${u32} of fp32`);
    assert(chain >= 0.8 && chain <= 1.5, `${id}: the chain is ${chain} of u32`);
    assert(why.length > 40);
    assertEquals(why.includes("Estimate"), estimated && !id.startsWith("blackwell"), id);
  }
});

Deno.test("memory and bandwidth are those of real cards", () => {
  for (const { id, memory_gb, memory_max_gb, bandwidth_gb_per_s, fp32_gflops } of CHIPS) {
    assert(Number.isInteger(memory_gb) && memory_gb >= 4 && memory_max_gb >= memory_gb, id);
    assert(bandwidth_gb_per_s >= 60 && bandwidth_gb_per_s <= 8000, id);
    // Between a byte for 9 operations (HBM) and one for 120 (a narrow bus).
    const intensity = fp32_gflops / bandwidth_gb_per_s;
    assert(intensity >= 8 && intensity <= 120, `${id}: ${intensity} FLOP a byte`);
  }
});

Deno.test("no window reaches down to what software does, and the narrow one lies within", () => {
  const floors = {
    gops: SOFTWARE_FLOOR_GOPS,
    chain_gops: SOFTWARE_FLOOR_CHAIN_GOPS,
    memory_mb_per_s: SOFTWARE_FLOOR_MB_PER_S,
  } as const;
  for (const chip of CHIPS) {
    const hard = windowsOf(chip, "hard"), narrow = windowsOf(chip, "narrow");
    for (const figure of ["gops", "chain_gops", "memory_mb_per_s"] as const) {
      const where = `${chip.id} ${figure}`;
      assertGreaterOrEqual(hard[figure].min, floors[figure], where);
      assertGreaterOrEqual(narrow[figure].min, hard[figure].min, where);
      assertGreaterOrEqual(hard[figure].max, narrow[figure].max, where);
      assertLess(narrow[figure].min, ratedSpeeds(chip)[figure], where);
    }
  }
});

Deno.test("a proof planned by a chip's rating fills its memory, and tells reading from making", () => {
  for (const chip of CHIPS) {
    const rated = ratedSpeeds(chip);
    const size = planProof(rated, 0);
    checkSize(size);
    assert(fillsMemory(size, rated.vram_gb), chip.id);
    // At the shares of the rating that kernels are expected to reach.
    const again_mb_per_s = 1000 * 2 * 0.7 * rated.gops / size.k;
    assertGreaterOrEqual(0.6 * rated.memory_mb_per_s / again_mb_per_s, 8, chip.id);
  }
});
