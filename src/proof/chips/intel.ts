import { type Chip, chipsOf } from "./chip.ts";

const XE_HPG = "Intel Arc product page";
const XE2 = "Intel Arc B-series product page";

/**
 * Intel's Arc cards. Columns: id, name, GB of memory, units, GHz, GB/s of memory bandwidth,
 * source, more.
 */
export const INTEL: readonly Chip[] = [
  ...chipsOf("Intel", "xe_hpg", [
    ["arc-a380", "Arc A380", 6, 8, 2.45, 186, XE_HPG, { aliases: ["A380"] }],
    ["arc-a580", "Arc A580", 8, 24, 2.0, 512, XE_HPG, { aliases: ["A580"] }],
    ["arc-a750", "Arc A750", 8, 28, 2.4, 512, XE_HPG, { aliases: ["A750"] }],
    ["arc-a770", "Arc A770", 16, 32, 2.4, 560, XE_HPG, { aliases: ["A770", "Arc A770 16GB"] }],
  ]),
  ...chipsOf("Intel", "xe2", [
    ["arc-b570", "Arc B570", 10, 18, 2.5, 380, XE2, { aliases: ["B570"] }],
    ["arc-b580", "Arc B580", 12, 20, 2.67, 456, XE2, { aliases: ["B580"] }],
  ]),
];
