import * as z from "zod";
import { LIMITS } from "./limits.ts";
import { ActorId } from "./text.ts";

/** Who leads the processes of one registry, as its shared store says. */
export const LeaderRecord = z.strictObject({
  v: z.literal(1),
  /** The process: another one after each start. */
  holder: z.string().min(1).max(LIMITS.name_chars),
  /** The registry whose processes they are. */
  node_id: ActorId,
  /** Where the others reach it. */
  url: z.url({ protocol: /^https?$/ }).max(LIMITS.url_chars),
  /** The epoch that it commits in: nobody else does. */
  epoch: z.int().min(1),
  /** Counts the renewals, so that each of them is another value. */
  renewals: z.int().min(0),
  /** True once it has given the lease back: anyone may take it at once. */
  released: z.boolean(),
  /** What a forwarded request shows the leader: a secret among the processes. */
  forward_token: z.string().min(1).max(LIMITS.name_chars),
});
export type LeaderRecord = z.infer<typeof LeaderRecord>;
