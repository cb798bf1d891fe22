import type { Chip } from "./chips.ts";
import type { Findings } from "./memory_claim.ts";
import type { ProofFigures } from "./verdict.ts";
import { outsideOf, RATED_FIGURES, type RatedFigure, shareOf, windowsOf } from "./windows.ts";

const MB_PER_GB = 1000;

/**
 * Checks the measured speeds against a chip's windows: outside the hard ones a claim is contradicted.
 * Outside the narrow ones it is doubtful, which refuses it once a real card has confirmed them.
 */
export function checkSpeeds(chip: Chip, figures: ProofFigures): Findings {
  const hard = windowsOf(chip, "hard"), narrow = windowsOf(chip, "narrow");
  const outside = outsideOf(figures, hard);
  const doubtful = outsideOf(figures, narrow).filter((name) => !outside.includes(name));
  const refused = [
    ...outside.map((name) => `${name}: ${figures[name]}, not ${range(hard[name])}`),
    ...(chip.confirmed
      ? doubtful.map((name) => `${name}: ${figures[name]}, not ${range(narrow[name])}`)
      : []),
  ];
  const warned = doubtful.map((name) =>
    `${name}: ${figures[name]}, where ${range(narrow[name])} are expected`
  );
  return { contradicts: refused, warnings: chip.confirmed ? [] : warned };
}

/** What a chip does, of what was measured: "2669 to 22238 u32 G-operations/s, …". */
export function describeRating(chip: Chip, figures: ProofFigures): string {
  const windows = windowsOf(chip, "hard");
  const ranges: Record<RatedFigure, () => string> = {
    gops: () => `${range(windows.gops)} u32 G-operations/s`,
    chain_gops: () => `${range(windows.chain_gops)} in the chain`,
    memory_mb_per_s: () => `${range(windows.memory_mb_per_s, MB_PER_GB)} GB/s of memory`,
  };
  return list(measuredOf(figures).map((name) => ranges[name]()));
}

/**
 * What was measured: "8026 u32 G-operations/s (45 % of its rating), …". With a chip, each figure as a
 * share of its rating, and which of product and chain is the lower.
 */
export function describeFigures(figures: ProofFigures, chip?: Chip): string {
  const { gops, chain_gops = 0, memory_mb_per_s = 0 } = figures;
  const texts: Record<RatedFigure, string> = {
    gops: `${gops} u32 G-operations/s`,
    chain_gops: `${chain_gops} in the chain`,
    memory_mb_per_s: `${gigabytes(memory_mb_per_s)} GB/s of memory`,
  };
  const share = (name: RatedFigure) => {
    const value = chip && shareOf(chip, figures, name);
    return value === undefined ? "" : ` (${Math.round(100 * value)} %)`;
  };
  return list(measuredOf(figures).map((name) => texts[name] + share(name))) +
    (chip === undefined ? "" : ` of its rating`) + lower(figures, chip);
}

/** Of product and chain the one that says the lesser class of the card. */
function lower(figures: ProofFigures, chip: Chip | undefined): string {
  const product = chip && shareOf(chip, figures, "gops");
  const chain = chip && shareOf(chip, figures, "chain_gops");
  if (product === undefined || chain === undefined) return "";
  return `, of which the lower speed, the ${product < chain ? "product's" : "chain's"}, decides`;
}

function measuredOf(figures: ProofFigures): RatedFigure[] {
  return RATED_FIGURES.filter((name) => figures[name] !== undefined);
}

function range({ min, max }: { min: number; max: number }, divisor = 1): string {
  const text = (value: number) => divisor === 1 ? `${value}` : gigabytes(value);
  return `${text(min)} to ${text(max)}`;
}

/** GB/s of MB/s: with a decimal where the whole number says little. */
function gigabytes(mb_per_s: number): string {
  const value = mb_per_s / MB_PER_GB;
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}

function list(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
