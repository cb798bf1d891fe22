/** The size of a matrix challenge: A is m×k, B is k×n, all u32. */
export interface MatrixSize {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** A named challenge size. */
export interface Profile extends MatrixSize {
  readonly name: string;
}

/** Every profile, from the one for software adapters to the one for data-centre cards. */
export const PROFILES: readonly Profile[] = [
  { name: "u32-512", m: 512, k: 512, n: 512 },
  { name: "u32-1k", m: 1024, k: 1024, n: 1024 },
  { name: "u32-2k", m: 2048, k: 2048, n: 2048 },
  { name: "u32-4k", m: 4096, k: 4096, n: 4096 },
  { name: "u32-32k", m: 32_768, k: 4096, n: 4096 },
  { name: "u32-256k", m: 262_144, k: 4096, n: 4096 },
];

/** How long a challenge may keep an honest adapter busy, in milliseconds. */
const TARGET_MS = 1500;

/** Operations of one product: a multiplication and an addition for each of its m·k·n steps. */
export function operationsOf(size: MatrixSize): number {
  return 2 * size.m * size.k * size.n;
}

/**
 * The profile for a provider that claims `claimed_gops` u32 G-operations a second: the largest that
 * such an adapter finishes within a second or so. A claim too low only makes the overhead weigh more,
 * and so the measured figure lower; a claim too high only makes the provider wait.
 */
export function pickProfile(claimed_gops: number): Profile {
  const fits = (p: Profile) => operationsOf(p) / 1e6 <= claimed_gops * TARGET_MS;
  return PROFILES.findLast(fits) ?? PROFILES[0]!;
}

/** The profile of that name, or undefined. */
export function profileNamed(name: string): Profile | undefined {
  return PROFILES.find((profile) => profile.name === name);
}
