import { SEED_BYTES } from "../proof/chacha8.ts";
import { figuresOf } from "../proof/judge.ts";
import { pickProfile, type Profile, PROFILES } from "../proof/profiles.ts";
import type { Prover } from "./prover.ts";

/**
 * The u32 G-operations a second that this prover reaches, and the profile that a registry picks for
 * such a claim: profiles are tried from the smallest up, until the next is too long for the speed.
 */
export async function measureSpeed(
  prover: Prover,
  clock_ms: () => number = () => performance.now(),
): Promise<{ gops: number; profile: Profile }> {
  let profile = PROFILES[0]!;
  let gops = 0;
  while (true) {
    const seed = crypto.getRandomValues(new Uint8Array(SEED_BYTES));
    const start = clock_ms();
    const commitment = await prover.commit(profile, seed);
    gops = Math.max(gops, figuresOf(profile, clock_ms() - start).gops);
    commitment.dispose();
    const next = pickProfile(gops);
    if (next.m <= profile.m) return { gops, profile };
    profile = next;
  }
}
