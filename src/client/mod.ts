/**
 * Horizon for other programs: what the command line itself uses to talk to a registry.
 *
 * `openClient` finds out who answers at a URL and gives a `Client`, with a method for each operation.
 * Money is in micro-dollars and times are milliseconds since the Unix epoch. What goes wrong is a
 * `HorizonError` with a stable `code`. `example.ts` beside this file is a whole program.
 */
export { HorizonError } from "../base/errors.ts";
export { type Identity, identityOf, newSecret } from "../base/identity.ts";
export { createKeyFile, loadKeyFile } from "../base/keyfile.ts";
export { formatDollars, parseDollars } from "../base/money.ts";
export type * from "../protocol/api.ts";
export type { AuctionView, BidView, PriceBar } from "../protocol/auction.ts";
export type { GpuView, Verdict } from "../protocol/gpu.ts";
export type { IntentBody, IntentType } from "../protocol/intent.ts";
export type { JobView, NamedBlob } from "../protocol/job.ts";
export type { LeaseView } from "../protocol/lease.ts";
export type { WalletView } from "../protocol/wallet.ts";
export { type Accepted, Client, type NumberedLine, type StreamedEvent } from "./client.ts";
export { followJob } from "./follow_job.ts";
export { fetchManifest } from "./job_result.ts";
export { openClient, type OpenOptions } from "./open_client.ts";
export { type Placing, submitJob, type SubmittedJob } from "./submit_job.ts";
