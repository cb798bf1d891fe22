/** What a daemon tells of itself: a line for people, a record for programs. Never a secret. */
export interface ProviderEvent {
  level: "info" | "warn" | "error";
  event:
    | "online"
    | "registry_away"
    | "registry_back"
    | "gpu_gone"
    | "gpu_elsewhere"
    | "job_refused"
    | "job_started"
    | "job_ended"
    | "job_dropped"
    | "proof_started"
    | "proof_ended"
    | "proof_dropped"
    | "stopping";
  message: string;
  gpu_id?: string;
  job_id?: string;
  reason?: string;
}

export type OnProviderEvent = (event: ProviderEvent) => void;
