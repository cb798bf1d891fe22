import { type Chip, chipsOf } from "./chip.ts";

const PAGE = "AMD Radeon product page";
const PRO = "AMD Radeon PRO data sheet";
const CDNA2 = "AMD Instinct MI200 data sheets";
// A driver shows each of the two dies of an MI250X as an adapter of its own.
const MI250X = "AMD Instinct MI200 data sheets, one die of the two";
const CDNA3 = "AMD Instinct MI300X data sheet";

/**
 * AMD's cards. Columns: id, name, GB of memory, units, GHz, GB/s of memory bandwidth,
 * source, more.
 */
export const AMD: readonly Chip[] = [
  ...chipsOf("AMD", "rdna", [
    ["rx-5700", "Radeon RX 5700", 8, 36, 1.725, 448, PAGE],
    ["rx-5700-xt", "Radeon RX 5700 XT", 8, 40, 1.905, 448, PAGE],
  ]),
  ...chipsOf("AMD", "rdna2", [
    ["rx-6600", "Radeon RX 6600", 8, 28, 2.491, 224, PAGE],
    ["rx-6600-xt", "Radeon RX 6600 XT", 8, 32, 2.589, 256, PAGE],
    ["rx-6650-xt", "Radeon RX 6650 XT", 8, 32, 2.635, 280, PAGE],
    ["rx-6700-xt", "Radeon RX 6700 XT", 12, 40, 2.581, 384, PAGE],
    ["rx-6750-xt", "Radeon RX 6750 XT", 12, 40, 2.6, 432, PAGE],
    ["rx-6800", "Radeon RX 6800", 16, 60, 2.105, 512, PAGE],
    ["rx-6800-xt", "Radeon RX 6800 XT", 16, 72, 2.25, 512, PAGE],
    ["rx-6900-xt", "Radeon RX 6900 XT", 16, 80, 2.25, 512, PAGE],
    ["rx-6950-xt", "Radeon RX 6950 XT", 16, 80, 2.31, 576, PAGE],
    ["w6800", "Radeon PRO W6800", 32, 60, 2.32, 512, PRO, { aliases: ["W6800"] }],
  ]),
  ...chipsOf("AMD", "rdna3", [
    ["rx-7600", "Radeon RX 7600", 8, 32, 2.655, 288, PAGE],
    ["rx-7600-xt", "Radeon RX 7600 XT", 16, 32, 2.755, 288, PAGE],
    ["rx-7700-xt", "Radeon RX 7700 XT", 12, 54, 2.544, 432, PAGE],
    ["rx-7800-xt", "Radeon RX 7800 XT", 16, 60, 2.43, 624, PAGE],
    ["rx-7900-gre", "Radeon RX 7900 GRE", 16, 80, 2.245, 576, PAGE],
    ["rx-7900-xt", "Radeon RX 7900 XT", 20, 84, 2.4, 800, PAGE],
    ["rx-7900-xtx", "Radeon RX 7900 XTX", 24, 96, 2.5, 960, PAGE],
    ["w7800", "Radeon PRO W7800", 32, 70, 2.499, 576, PRO, { aliases: ["W7800"] }],
    ["w7900", "Radeon PRO W7900", 48, 96, 2.495, 864, PRO, { aliases: ["W7900"] }],
  ]),
  ...chipsOf("AMD", "rdna4", [
    ["rx-9060-xt", "Radeon RX 9060 XT", 8, 32, 3.13, 320, PAGE, { memory_max_gb: 16 }],
    ["rx-9070", "Radeon RX 9070", 16, 56, 2.52, 640, PAGE],
    ["rx-9070-xt", "Radeon RX 9070 XT", 16, 64, 2.97, 640, PAGE],
  ]),
  ...chipsOf("AMD", "cdna2", [
    ["mi210", "Instinct MI210", 64, 104, 1.7, 1638, CDNA2],
    ["mi250x", "Instinct MI250X", 64, 110, 1.7, 1638, MI250X],
  ]),
  ...chipsOf("AMD", "cdna3", [
    ["mi300x", "Instinct MI300X", 192, 304, 2.1, 5325, CDNA3],
  ]),
];
