import type { JobState } from "../protocol/job.ts";
import type { VERDICTS } from "../protocol/gpu.ts";

/** What a listing of GPUs asks for; see `GpuQuery` of the protocol. */
export interface GpuListing {
  where?: string;
  type?: string;
  verdict?: (typeof VERDICTS)[number];
  owner?: string;
  all?: boolean;
  sort?: string;
  limit?: number;
  cursor?: string;
}

/** What a listing of leases or jobs asks for. */
export interface RecordListing {
  actor?: string;
  gpu_id?: string;
  state?: "live" | "ended" | JobState;
  limit?: number;
  cursor?: string;
}

/** What a listing of movements asks for. */
export interface MoneyListing {
  before?: string;
  limit?: number;
}
