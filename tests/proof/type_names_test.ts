import { assertEquals } from "@std/assert";
import { chipNamed, chipsLike } from "../../src/proof/type_names.ts";

Deno.test("a chip is found by the names that owners and drivers give it", () => {
  const names: [string, string][] = [
    ["RTX 3090", "rtx-3090"],
    ["NVIDIA GeForce RTX 3090", "rtx-3090"],
    ["rtx3090", "rtx-3090"],
    ["  geforce_rtx-3090 ", "rtx-3090"],
    ["NVIDIA GeForce RTX 3060 Laptop GPU", "rtx-3060-laptop"],
    ["NVIDIA GeForce GTX 1060 6GB", "gtx-1060-6gb"],
    ["NVIDIA GeForce RTX 2080 SUPER", "rtx-2080-super"],
    ["NVIDIA A100-SXM4-80GB", "a100-80gb"],
    ["NVIDIA A100-PCIE-40GB", "a100-40gb"],
    ["Tesla V100-SXM2-16GB", "v100-16gb"],
    ["Tesla T4", "t4"],
    ["NVIDIA T4", "t4"],
    ["NVIDIA L4", "l4"],
    ["NVIDIA RTX A6000", "rtx-a6000"],
    ["NVIDIA RTX 6000 Ada Generation", "rtx-6000-ada"],
    ["NVIDIA RTX PRO 6000 Blackwell Workstation Edition", "rtx-pro-6000"],
    ["NVIDIA H100 80GB HBM3", "h100-sxm"],
    ["NVIDIA H100 PCIe", "h100-pcie"],
    ["NVIDIA H200", "h200"],
    ["AMD Radeon RX 7900 XTX (RADV NAVI31)", "rx-7900-xtx"],
    ["AMD Radeon PRO W7900", "w7900"],
    ["AMD Instinct MI300X (RADV GFX942)", "mi300x"],
    ["Intel(R) Arc(tm) A770 Graphics (DG2)", "arc-a770"],
    ["Intel(R) Arc(TM) B580 Graphics", "arc-b580"],
    ["Apple M1", "apple-m1"],
    ["Apple M1 Pro", "apple-m1-pro"],
    ["m2 max", "apple-m2-max"],
  ];
  for (const [name, id] of names) assertEquals(chipNamed(name)?.id, id, name);
});

Deno.test("a sibling of a chip is not that chip", () => {
  const others = [
    "RTX 3090 Super",
    "RTX 2080 with Max-Q Design",
    "Apple M1 Nano",
    "RX 6300",
    "A100",
    "V100",
    "",
    "GPU",
    "NVIDIA Tesla",
  ];
  for (const name of others) assertEquals(chipNamed(name), undefined, name);
});

Deno.test("a name that several chips begin with finds those, and one that says nothing finds none", () => {
  assertEquals(chipsLike("H100"), ["h100-pcie", "h100-sxm", "h100-nvl"]);
  assertEquals(chipsLike("A100"), ["a100-40gb", "a100-80gb"]);
  assertEquals(chipsLike("NVIDIA GeForce RTX 40").length, 4);
  assertEquals(chipsLike("NVIDIA"), []);
  assertEquals(chipsLike("Voodoo 2"), []);
});
