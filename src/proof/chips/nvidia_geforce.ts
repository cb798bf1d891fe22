import { type Chip, chipsOf } from "./chip.ts";

const GP10X = "NVIDIA GeForce 10 series product pages, GP104 white paper";
const TU10X = "NVIDIA Turing architecture white paper, product page";
const TU11X = "NVIDIA GeForce 16 series product pages";
const GA10X = "NVIDIA GA102 architecture white paper, product page";
const LAPTOP = "NVIDIA GeForce laptop product pages, highest boost clock";
const AD10X = "NVIDIA Ada architecture white paper, product page";
const GB20X = "NVIDIA RTX Blackwell architecture white paper, product page";

/**
 * NVIDIA's GeForce cards. Columns: id, name, GB of memory, units, GHz, GB/s of memory bandwidth,
 * source, more.
 */
export const NVIDIA_GEFORCE: readonly Chip[] = [
  ...chipsOf("NVIDIA", "pascal", [
    ["gtx-1050-ti", "GeForce GTX 1050 Ti", 4, 6, 1.392, 112, GP10X],
    ["gtx-1060-6gb", "GeForce GTX 1060 6GB", 6, 10, 1.708, 192, GP10X, { aliases: ["GTX 1060"] }],
    ["gtx-1070", "GeForce GTX 1070", 8, 15, 1.683, 256, GP10X],
    ["gtx-1070-ti", "GeForce GTX 1070 Ti", 8, 19, 1.683, 256, GP10X],
    ["gtx-1080", "GeForce GTX 1080", 8, 20, 1.733, 320, GP10X],
    ["gtx-1080-ti", "GeForce GTX 1080 Ti", 11, 28, 1.582, 484, GP10X],
  ]),
  ...chipsOf("NVIDIA", "turing", [
    ["gtx-1650", "GeForce GTX 1650", 4, 14, 1.665, 192, TU11X],
    ["gtx-1660", "GeForce GTX 1660", 6, 22, 1.785, 192, TU11X],
    ["gtx-1660-super", "GeForce GTX 1660 SUPER", 6, 22, 1.785, 336, TU11X],
    ["gtx-1660-ti", "GeForce GTX 1660 Ti", 6, 24, 1.77, 288, TU11X],
    ["rtx-2060", "GeForce RTX 2060", 6, 30, 1.68, 336, TU10X, { memory_max_gb: 12 }],
    ["rtx-2060-super", "GeForce RTX 2060 SUPER", 8, 34, 1.65, 448, TU10X],
    ["rtx-2070", "GeForce RTX 2070", 8, 36, 1.62, 448, TU10X],
    ["rtx-2070-super", "GeForce RTX 2070 SUPER", 8, 40, 1.77, 448, TU10X],
    ["rtx-2080", "GeForce RTX 2080", 8, 46, 1.71, 448, TU10X],
    ["rtx-2080-super", "GeForce RTX 2080 SUPER", 8, 48, 1.815, 496, TU10X],
    ["rtx-2080-ti", "GeForce RTX 2080 Ti", 11, 68, 1.545, 616, TU10X],
  ]),
  ...chipsOf("NVIDIA", "ampere", [
    ["rtx-3050", "GeForce RTX 3050", 6, 20, 1.777, 224, GA10X, { memory_max_gb: 8 }],
    ["rtx-3060", "GeForce RTX 3060", 12, 28, 1.777, 360, GA10X, { aliases: ["RTX 3060 12GB"] }],
    ["rtx-3060-ti", "GeForce RTX 3060 Ti", 8, 38, 1.665, 448, GA10X],
    ["rtx-3070", "GeForce RTX 3070", 8, 46, 1.725, 448, GA10X],
    ["rtx-3070-ti", "GeForce RTX 3070 Ti", 8, 48, 1.77, 608, GA10X],
    ["rtx-3080", "GeForce RTX 3080", 10, 68, 1.71, 760, GA10X, { memory_max_gb: 12 }],
    ["rtx-3080-ti", "GeForce RTX 3080 Ti", 12, 80, 1.665, 912, GA10X],
    ["rtx-3090", "GeForce RTX 3090", 24, 82, 1.695, 936, GA10X],
    ["rtx-3090-ti", "GeForce RTX 3090 Ti", 24, 84, 1.86, 1008, GA10X],
    ["rtx-3060-laptop", "GeForce RTX 3060 Laptop GPU", 6, 30, 1.703, 336, LAPTOP],
    ["rtx-3070-laptop", "GeForce RTX 3070 Laptop GPU", 8, 40, 1.62, 448, LAPTOP],
  ]),
  ...chipsOf("NVIDIA", "ada", [
    ["rtx-4060", "GeForce RTX 4060", 8, 24, 2.46, 272, AD10X],
    ["rtx-4060-ti", "GeForce RTX 4060 Ti", 8, 34, 2.535, 288, AD10X, {
      aliases: ["RTX 4060 Ti 16GB"],
      memory_max_gb: 16,
    }],
    ["rtx-4070", "GeForce RTX 4070", 12, 46, 2.475, 504, AD10X],
    ["rtx-4070-super", "GeForce RTX 4070 SUPER", 12, 56, 2.475, 504, AD10X],
    ["rtx-4070-ti", "GeForce RTX 4070 Ti", 12, 60, 2.61, 504, AD10X],
    ["rtx-4070-ti-super", "GeForce RTX 4070 Ti SUPER", 16, 66, 2.61, 672, AD10X],
    ["rtx-4080", "GeForce RTX 4080", 16, 76, 2.505, 717, AD10X],
    ["rtx-4080-super", "GeForce RTX 4080 SUPER", 16, 80, 2.55, 736, AD10X],
    ["rtx-4090", "GeForce RTX 4090", 24, 128, 2.52, 1008, AD10X],
    ["rtx-4060-laptop", "GeForce RTX 4060 Laptop GPU", 8, 24, 2.37, 256, LAPTOP],
    ["rtx-4070-laptop", "GeForce RTX 4070 Laptop GPU", 8, 36, 2.175, 256, LAPTOP],
    ["rtx-4080-laptop", "GeForce RTX 4080 Laptop GPU", 12, 58, 2.28, 432, LAPTOP],
    ["rtx-4090-laptop", "GeForce RTX 4090 Laptop GPU", 16, 76, 2.04, 576, LAPTOP],
  ]),
  ...chipsOf("NVIDIA", "blackwell", [
    ["rtx-5060", "GeForce RTX 5060", 8, 30, 2.497, 448, GB20X],
    ["rtx-5060-ti", "GeForce RTX 5060 Ti", 8, 36, 2.572, 448, GB20X, {
      aliases: ["RTX 5060 Ti 16GB"],
      memory_max_gb: 16,
    }],
    ["rtx-5070", "GeForce RTX 5070", 12, 48, 2.512, 672, GB20X],
    ["rtx-5070-ti", "GeForce RTX 5070 Ti", 16, 70, 2.452, 896, GB20X],
    ["rtx-5080", "GeForce RTX 5080", 16, 84, 2.617, 960, GB20X],
    ["rtx-5090", "GeForce RTX 5090", 32, 170, 2.407, 1792, GB20X],
  ]),
];
