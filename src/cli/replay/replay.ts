/** What running a job again came to, and where it ran. */
export interface Replay {
  on: "local" | "gpu";
  /** The GPU that was leased for it, and the job there; null for the own machine. */
  gpu_id: string | null;
  job_id: string | null;
  /** What the adapter calls itself. */
  adapter: string;
  outputs: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}
