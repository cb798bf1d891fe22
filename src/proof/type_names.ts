import { type Chip, CHIPS } from "./chips.ts";

/** Longest type name that is looked at. */
const MAX_NAME_LENGTH = 200;
/** Words that tell no chip from another: makers, brands and what the thing is. */
const EMPTY_WORDS = new Set([
  ...["nvidia", "geforce", "tesla", "amd", "radeon", "instinct", "intel", "apple"],
  ...["corporation", "inc", "gpu", "graphics", "adapter", "tm", "r"],
]);

/**
 * A type name without what varies: case, spaces and signs, makers, and a driver's notes in brackets.
 * "NVIDIA GeForce RTX 3090", "RTX 3090" and "rtx3090" all give "rtx3090"; "RTX 3090 Ti" does not.
 */
export function normalizeTypeName(name: string): string {
  return name.slice(0, MAX_NAME_LENGTH).toLowerCase()
    .replace(/\([^)]*\)/g, " ")
    .split(/[^a-z0-9]+/)
    .filter((word) => !EMPTY_WORDS.has(word))
    .join("");
}

const byName = new Map<string, Chip>();
for (const chip of CHIPS) {
  for (const name of [chip.id, chip.name, ...chip.aliases]) {
    byName.set(normalizeTypeName(name), chip);
  }
}

/** The chip that an owner or a driver calls by this name, or undefined. */
export function chipNamed(name: string): Chip | undefined {
  return byName.get(normalizeTypeName(name));
}

/** The most names that `chipsLike` gives. */
const MAX_SIBLINGS = 4;

/** Ids of chips whose names begin with this one, such as those of "H100": at most four. */
export function chipsLike(name: string): string[] {
  const start = normalizeTypeName(name);
  if (start === "") return [];
  const begins = (chip: Chip) =>
    [chip.name, ...chip.aliases].some((one) => normalizeTypeName(one).startsWith(start));
  return CHIPS.filter(begins).map(({ id }) => id).slice(0, MAX_SIBLINGS);
}
