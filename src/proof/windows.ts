import { architectureOf } from "./architectures.ts";
import { type Chip, ratedSpeeds } from "./chips.ts";
import {
  SOFTWARE_FLOOR_CHAIN_GOPS,
  SOFTWARE_FLOOR_GOPS,
  SOFTWARE_FLOOR_MB_PER_S,
} from "./software.ts";
import type { ProofFigures } from "./verdict.ts";

/** The figures that a chip is rated by. */
export const RATED_FIGURES = ["gops", "chain_gops", "memory_mb_per_s"] as const;
export type RatedFigure = (typeof RATED_FIGURES)[number];

/** From `min` to `max`, both within. */
export interface Window {
  readonly min: number;
  readonly max: number;
}

/**
 * What a genuine card measures, as shares of its rating. The hard window refuses: whatever a kernel
 * makes of a card, it is no slower, and above the rating there is a boost clock and Strassen's trick,
 * and no more than that.
 */
const HARD: Window = { min: 0.15, max: 1.25 };
/** What should be measured: outside it a claim is doubtful, and refused once a card confirmed it. */
const NARROW: Window = { min: 0.35, max: 1.1 };

/** How far above the hard window a chip may be whose architecture's integer rates are estimates. */
const ESTIMATE_FACTOR = 2;

const FLOORS: Readonly<Record<RatedFigure, number>> = {
  gops: SOFTWARE_FLOOR_GOPS,
  chain_gops: SOFTWARE_FLOOR_CHAIN_GOPS,
  memory_mb_per_s: SOFTWARE_FLOOR_MB_PER_S,
};

/** Rows that fit a cache are swept faster than any memory is; the largest cache has 256 MiB. */
const MIN_RESIDENT_MB = 1000;

/** The window of each figure that a chip is rated by; no floor is below what a CPU reaches. */
export function windowsOf(chip: Chip, kind: "hard" | "narrow"): Record<RatedFigure, Window> {
  const rated = ratedSpeeds(chip);
  const { min, max } = kind === "hard" ? HARD : NARROW;
  const isWide = kind === "hard" && architectureOf(chip.architecture).estimated;
  const window = (figure: RatedFigure, factor = 1): Window => ({
    min: Math.max(FLOORS[figure], Math.round(rated[figure] * min)),
    max: Math.round(rated[figure] * max * factor),
  });
  const integer = (figure: RatedFigure) => window(figure, isWide ? ESTIMATE_FACTOR : 1);
  return {
    gops: integer("gops"),
    chain_gops: integer("chain_gops"),
    memory_mb_per_s: window("memory_mb_per_s"),
  };
}

/** The figures that were measured and lie outside a chip's windows, in the order of the table. */
export function outsideOf(
  figures: ProofFigures,
  windows: Readonly<Record<RatedFigure, Window>>,
): RatedFigure[] {
  const isCached = (figures.resident_mb ?? 0) < MIN_RESIDENT_MB;
  return RATED_FIGURES.filter((name) => {
    const value = figures[name];
    if (value === undefined) return false;
    const { min, max } = windows[name];
    return value < min || (value > max && !(name === "memory_mb_per_s" && isCached));
  });
}

/** What was measured as a share of what the chip is rated at; undefined where nothing was. */
export function shareOf(chip: Chip, figures: ProofFigures, name: RatedFigure): number | undefined {
  const value = figures[name];
  return value === undefined ? undefined : value / ratedSpeeds(chip)[name];
}
