import { assert, assertEquals } from "@std/assert";
import { CHIPS } from "../../src/proof/chips.ts";
import { chipNamed } from "../../src/proof/type_names.ts";

Deno.test("a chip is found by the names that owners and drivers give it", () => {
  const names: [string, string][] = [
    ["RTX 3090", "rtx-3090"],
    ["NVIDIA GeForce RTX 3090", "rtx-3090"],
    ["rtx3090", "rtx-3090"],
    ["  geforce_rtx-3090 ", "rtx-3090"],
    ["NVIDIA A100-SXM4-80GB", "a100-80gb"],
    ["AMD Radeon RX 7900 XTX (RADV NAVI31)", "rx-7900-xtx"],
    ["Intel(R) Arc(tm) A770 Graphics (DG2)", "arc-a770"],
    ["Apple M1", "apple-m1"],
    ["m2 max", "apple-m2-max"],
    ["NVIDIA H200", "h200"],
  ];
  for (const [name, id] of names) assertEquals(chipNamed(name)?.id, id, name);
});

Deno.test("a sibling of a chip is not that chip", () => {
  const others = [
    "RTX 3090 Ti",
    "RTX 3060 Laptop GPU",
    "Apple M1 Pro",
    "RX 6800",
    "A100",
    "",
    "GPU",
  ];
  for (const name of others) assertEquals(chipNamed(name), undefined, name);
});

Deno.test("no two chips share a name, and each row says where its figures come from", () => {
  const names = CHIPS.flatMap((chip) => [chip.id, chip.name, ...chip.aliases]);
  for (const chip of CHIPS) {
    for (const name of [chip.id, chip.name, ...chip.aliases]) {
      assertEquals(chipNamed(name)?.id, chip.id, name);
    }
    assert(chip.source.length > 20);
  }
  assertEquals(new Set(CHIPS.map((chip) => chip.id)).size, CHIPS.length);
  assert(names.length > CHIPS.length * 2);
});
