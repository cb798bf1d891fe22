import { type Chip, chipsOf } from "./chip.ts";

const P40 = "NVIDIA Tesla P40 data sheet";
const V100 = "NVIDIA Tesla V100 data sheet";
const T4 = "NVIDIA T4 data sheet";
const A100 = "NVIDIA A100 data sheet";
const A30 = "NVIDIA A30 data sheet";
const A10 = "NVIDIA A10 data sheet";
const A40 = "NVIDIA A40 data sheet";
const RTX_A = "NVIDIA RTX A series data sheets";
const L4 = "NVIDIA L4 data sheet";
const L40 = "NVIDIA L40 and L40S data sheets";
const RTX_ADA = "NVIDIA RTX Ada Generation data sheets";
const H100 = "NVIDIA H100 data sheet";
const H200 = "NVIDIA H200 data sheet";
const B200 = "NVIDIA Blackwell data sheet, DGX B200";
const RTX_PRO = "NVIDIA RTX PRO Blackwell data sheet";

/**
 * NVIDIA's cards for data centres and workstations. Columns: id, name, GB of memory, units, GHz, GB/s of memory bandwidth,
 * source, more.
 */
export const NVIDIA_PROFESSIONAL: readonly Chip[] = [
  ...chipsOf("NVIDIA", "pascal", [
    ["p40", "Tesla P40", 24, 30, 1.531, 347, P40],
  ]),
  ...chipsOf("NVIDIA", "volta", [
    ["v100-16gb", "Tesla V100 16GB", 16, 80, 1.53, 900, V100, {
      aliases: ["V100-SXM2-16GB", "V100-PCIE-16GB"],
    }],
    ["v100-32gb", "Tesla V100 32GB", 32, 80, 1.53, 900, V100, {
      aliases: ["V100-SXM2-32GB", "V100-PCIE-32GB", "V100S-PCIE-32GB"],
    }],
  ]),
  ...chipsOf("NVIDIA", "turing", [
    ["t4", "Tesla T4", 16, 40, 1.59, 320, T4],
  ]),
  ...chipsOf("NVIDIA", "ampere_a100", [
    ["a30", "A30", 24, 56, 1.44, 933, A30],
    ["a100-40gb", "A100 40GB", 40, 108, 1.41, 1555, A100, {
      aliases: ["A100-SXM4-40GB", "A100-PCIE-40GB"],
    }],
    ["a100-80gb", "A100 80GB", 80, 108, 1.41, 2039, A100, {
      aliases: ["A100-SXM4-80GB", "A100 80GB PCIe", "A100-PCIE-80GB"],
    }],
  ]),
  ...chipsOf("NVIDIA", "ampere", [
    ["a10", "A10", 24, 72, 1.695, 600, A10],
    ["a40", "A40", 48, 84, 1.74, 696, A40],
    ["rtx-a2000", "RTX A2000", 6, 26, 1.2, 288, RTX_A, {
      aliases: ["A2000", "RTX A2000 12GB"],
      memory_max_gb: 12,
    }],
    ["rtx-a4000", "RTX A4000", 16, 48, 1.56, 448, RTX_A, { aliases: ["A4000"] }],
    ["rtx-a4500", "RTX A4500", 20, 56, 1.65, 640, RTX_A, { aliases: ["A4500"] }],
    ["rtx-a5000", "RTX A5000", 24, 64, 1.695, 768, RTX_A, { aliases: ["A5000"] }],
    ["rtx-a6000", "RTX A6000", 48, 84, 1.8, 768, RTX_A, { aliases: ["A6000"] }],
  ]),
  ...chipsOf("NVIDIA", "ada", [
    ["l4", "L4", 24, 58, 2.04, 300, L4],
    ["l40", "L40", 48, 142, 2.49, 864, L40],
    ["l40s", "L40S", 48, 142, 2.52, 864, L40],
    ["rtx-4000-ada", "RTX 4000 Ada Generation", 20, 48, 2.175, 360, RTX_ADA, {
      aliases: ["RTX 4000 Ada"],
    }],
    ["rtx-5000-ada", "RTX 5000 Ada Generation", 32, 100, 2.55, 576, RTX_ADA, {
      aliases: ["RTX 5000 Ada"],
    }],
    ["rtx-6000-ada", "RTX 6000 Ada Generation", 48, 142, 2.505, 960, RTX_ADA, {
      aliases: ["RTX 6000 Ada"],
    }],
  ]),
  ...chipsOf("NVIDIA", "hopper", [
    ["h100-pcie", "H100 PCIe", 80, 114, 1.755, 2039, H100, { aliases: ["H100 PCIe 80GB"] }],
    ["h100-sxm", "H100 SXM", 80, 132, 1.98, 3352, H100, {
      aliases: ["H100 80GB HBM3", "H100 SXM5", "H100-SXM5-80GB"],
    }],
    ["h100-nvl", "H100 NVL", 94, 132, 1.785, 3938, H100, { aliases: ["H100 NVL 94GB"] }],
    ["h200", "H200", 141, 132, 1.98, 4800, H200, { aliases: ["H200 SXM", "H200 141GB"] }],
  ]),
  ...chipsOf("NVIDIA", "blackwell_b200", [
    ["b200", "B200", 180, 148, 1.965, 8000, B200, { aliases: ["B200 SXM"], memory_max_gb: 192 }],
  ]),
  ...chipsOf("NVIDIA", "blackwell", [
    ["rtx-pro-6000", "RTX PRO 6000 Blackwell", 96, 188, 2.617, 1792, RTX_PRO, {
      aliases: [
        "RTX PRO 6000",
        "RTX PRO 6000 Blackwell Workstation Edition",
        "RTX PRO 6000 Blackwell Server Edition",
        "RTX PRO 6000 Blackwell Max-Q Workstation Edition",
      ],
    }],
  ]),
];
