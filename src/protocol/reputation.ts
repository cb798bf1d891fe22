import * as z from "zod";

const Count = z.int().min(0);

/**
 * What a GPU has done at its registry, counted from events alone. A GPU's record begins as its
 * owner's stands when it is first registered, so that a new id is no way out of a bad one.
 */
export const Reputation = z.strictObject({
  /** Lower bound of the share of trials that go well, 0 to 1; null while it is new. */
  score: z.number().min(0).max(1).nullable(),
  /** Too little is known of it to say anything, good or bad. */
  is_new: z.boolean(),
  /** Attempts of jobs, by outcome and by the side at fault; those that a renter cancels don't count. */
  jobs: z.strictObject({
    succeeded: Count,
    failed_provider: Count,
    failed_renter: Count,
    failed_network: Count,
  }),
  /** Leases that ended by the provider's fault. */
  leases_broken: Count,
  proofs: z.strictObject({ passed: Count, failed: Count }),
  /** How long it was on offer, and how much of that time it was both proven and online. */
  listed_ms: Count,
  uptime_ms: Count,
});
export type Reputation = z.infer<typeof Reputation>;
