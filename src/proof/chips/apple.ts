import { type Chip, chipsOf } from "./chip.ts";

const M1 = "Apple newsroom and technical specifications, M1 family; clock as measured by others";
const M2 = "Apple newsroom and technical specifications, M2 family; clock as measured by others";
const M3 = "Apple newsroom and technical specifications, M3 family; clock as measured by others";
const M4 = "Apple newsroom and technical specifications, M4 family; clock as measured by others";

/**
 * Apple's chips, by their largest GPU. Columns: id, name, GB of memory, units, GHz, GB/s of memory bandwidth,
 * source, more.
 */
export const APPLE: readonly Chip[] = [
  ...chipsOf("Apple", "apple", [
    ["apple-m1", "M1", 8, 8, 1.278, 68, M1, { memory_max_gb: 16 }],
    ["apple-m1-pro", "M1 Pro", 16, 16, 1.278, 200, M1, { memory_max_gb: 32 }],
    ["apple-m1-max", "M1 Max", 32, 32, 1.278, 400, M1, { memory_max_gb: 64 }],
    ["apple-m1-ultra", "M1 Ultra", 64, 64, 1.278, 800, M1, { memory_max_gb: 128 }],
    ["apple-m2", "M2", 8, 10, 1.398, 100, M2, { memory_max_gb: 24 }],
    ["apple-m2-pro", "M2 Pro", 16, 19, 1.398, 200, M2, { memory_max_gb: 32 }],
    ["apple-m2-max", "M2 Max", 32, 38, 1.398, 400, M2, { memory_max_gb: 96 }],
    ["apple-m2-ultra", "M2 Ultra", 64, 76, 1.398, 800, M2, { memory_max_gb: 192 }],
    ["apple-m3", "M3", 8, 10, 1.398, 100, M3, { memory_max_gb: 24 }],
    ["apple-m3-pro", "M3 Pro", 18, 18, 1.398, 150, M3, { memory_max_gb: 36 }],
    ["apple-m3-max", "M3 Max", 36, 40, 1.398, 400, M3, { memory_max_gb: 128 }],
    ["apple-m3-ultra", "M3 Ultra", 96, 80, 1.398, 819, M3, { memory_max_gb: 512 }],
    ["apple-m4", "M4", 16, 10, 1.578, 120, M4, { memory_max_gb: 32 }],
    ["apple-m4-pro", "M4 Pro", 24, 20, 1.578, 273, M4, { memory_max_gb: 64 }],
    ["apple-m4-max", "M4 Max", 36, 40, 1.578, 546, M4, { memory_max_gb: 128 }],
  ]),
];
