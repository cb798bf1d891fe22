/** Exit codes of the command line (DESIGN §9). */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  not_permitted: 3,
  not_found: 4,
  no_offer: 5,
  network: 6,
  job_failed: 100,
  job_unfinished: 101,
  job_cancelled: 103,
  interrupted: 130,
} as const;

interface CodeMeaning {
  /** HTTP status of the problem document. */
  status: number;
  /** Exit code of a command that ends with it. */
  exit: number;
  /** RFC 9457 title: what kind of thing went wrong, the same for each occurrence. */
  title: string;
}

const row = (status: number, exit: number, title: string): CodeMeaning => ({ status, exit, title });

/** Every stable error code: its HTTP status, exit code and title. Sorted. */
export const CODES: Readonly<Record<string, CodeMeaning>> = {
  already_exists: row(409, EXIT.failure, "It already exists"),
  answer_late: row(408, EXIT.failure, "The proof's answer came too late"),
  auction_exists: row(409, EXIT.failure, "The GPU is on auction already"),
  auction_not_found: row(404, EXIT.not_found, "No such auction"),
  auction_state: row(409, EXIT.failure, "The auction is in another state"),
  backup_invalid: row(422, EXIT.failure, "The backup cannot be used"),
  bad_gateway: row(502, EXIT.network, "The registry answered with something that is not an answer"),
  below_reserve: row(409, EXIT.no_offer, "The bid is below what is asked"),
  bid_not_found: row(404, EXIT.not_found, "No such bid"),
  bid_state: row(409, EXIT.failure, "The bid is in another state"),
  bid_unopened: row(409, EXIT.failure, "The sealed bid has no opening, or another one"),
  blob_mismatch: row(400, EXIT.failure, "The bytes do not have the promised hash"),
  blob_not_found: row(404, EXIT.not_found, "No such blob"),
  blob_quota: row(507, EXIT.failure, "The blob store is full"),
  busy: row(503, EXIT.network, "The registry is busy"),
  cap_exceeded: row(409, EXIT.failure, "The bid can cost more than its hold"),
  challenge_not_found: row(404, EXIT.not_found, "No such challenge"),
  challenge_state: row(409, EXIT.failure, "The challenge is at another step"),
  clock_jumped: row(503, EXIT.failure, "The registry's clock jumped"),
  config_corrupt: row(500, EXIT.failure, "The configuration cannot be read"),
  data_corrupt: row(500, EXIT.failure, "The data folder is damaged"),
  data_newer: row(500, EXIT.failure, "The data folder was written by a newer version"),
  declined: row(400, EXIT.failure, "Not confirmed"),
  device_lost: row(500, EXIT.failure, "The GPU device was lost"),
  disk_full: row(507, EXIT.failure, "The disk is full"),
  failed: row(422, EXIT.failure, "The proof failed"),
  feed_false: row(502, EXIT.failure, "The feed says what cannot be"),
  fenced: row(503, EXIT.network, "Another writer has taken over the journal"),
  file_error: row(500, EXIT.failure, "A file cannot be used"),
  folder_busy: row(503, EXIT.failure, "Another process holds the data folder"),
  forbidden: row(403, EXIT.not_permitted, "Not permitted"),
  fork_found: row(409, EXIT.failure, "The feed was forked"),
  gpu_exists: row(409, EXIT.failure, "The GPU id is taken"),
  gpu_failed: row(500, EXIT.failure, "The GPU failed"),
  gpu_leased: row(409, EXIT.failure, "The GPU is leased"),
  gpu_moved: row(410, EXIT.not_found, "The GPU has moved to another registry"),
  gpu_not_found: row(404, EXIT.not_found, "No such GPU"),
  gpu_not_listed: row(409, EXIT.failure, "The GPU is not listed"),
  gpu_not_moving: row(409, EXIT.failure, "The GPU is not moving"),
  gpu_offline: row(409, EXIT.failure, "The GPU is offline"),
  gpu_on_auction: row(409, EXIT.failure, "The GPU is on auction"),
  gpu_out_of_memory: row(500, EXIT.failure, "The GPU's memory ran out"),
  home_epoch_stale: row(409, EXIT.failure, "The GPU has had a later home"),
  home_unknown: row(409, EXIT.failure, "The GPU's old home can't be asked"),
  home_unreachable: row(504, EXIT.network, "The GPU's home registry cannot be reached"),
  homes_corrupt: row(500, EXIT.failure, "The record of the GPUs' homes cannot be trusted"),
  implausible: row(422, EXIT.failure, "The figures contradict the claim"),
  insufficient_funds: row(402, EXIT.failure, "Not enough money"),
  intent_expired: row(401, EXIT.not_permitted, "The intent has expired"),
  intent_id_reused: row(409, EXIT.failure, "The intent's id was used with another body"),
  intent_not_yet_valid: row(401, EXIT.not_permitted, "The intent is dated in the future"),
  intent_wrong_registry: row(
    403,
    EXIT.not_permitted,
    "The intent is addressed to another registry",
  ),
  internal: row(500, EXIT.failure, "An error inside Horizon"),
  interrupted: row(499, EXIT.interrupted, "Interrupted"),
  invalid_challenge: row(400, EXIT.failure, "The challenge is not valid"),
  invalid_filter: row(400, EXIT.usage, "The filter cannot be read"),
  invalid_input: row(400, EXIT.usage, "The input is not valid"),
  invalid_job: row(400, EXIT.usage, "The job file is not valid"),
  invalid_key: row(400, EXIT.not_permitted, "The key is not valid"),
  invalid_price: row(400, EXIT.usage, "The price is not valid"),
  invalid_signature: row(401, EXIT.not_permitted, "The signature is not valid"),
  jail_unavailable: row(500, EXIT.failure, "The jail is not available"),
  job_cancelled: row(409, EXIT.job_cancelled, "The job was cancelled"),
  job_failed: row(422, EXIT.job_failed, "The job failed"),
  job_not_found: row(404, EXIT.not_found, "No such job"),
  job_state: row(409, EXIT.failure, "The job is in another state"),
  job_unfinished: row(409, EXIT.job_unfinished, "The job has not finished"),
  key_exposed: row(500, EXIT.not_permitted, "Others can read the key file"),
  key_missing: row(404, EXIT.failure, "No key file"),
  lease_not_found: row(404, EXIT.not_found, "No such lease"),
  lease_state: row(409, EXIT.failure, "The lease is in another state"),
  limit_reached: row(429, EXIT.failure, "A limit is reached"),
  memory_limit: row(422, EXIT.job_failed, "The job needed more memory than it may take"),
  module_error: row(422, EXIT.job_failed, "The module failed"),
  network: row(502, EXIT.network, "The registry cannot be reached"),
  no_adapter: row(500, EXIT.failure, "No GPU adapter"),
  no_offer: row(409, EXIT.no_offer, "No offer at that price"),
  no_terminal: row(400, EXIT.usage, "A confirmation is needed and there is no terminal"),
  not_allowed: row(405, EXIT.failure, "The method is not allowed"),
  not_departed: row(409, EXIT.failure, "The GPU has not left its old home for this one"),
  not_found: row(404, EXIT.not_found, "Not found"),
  out_of_gpu_memory: row(422, EXIT.job_failed, "The job does not fit the GPU's memory"),
  own_gpu: row(403, EXIT.not_permitted, "It is your own GPU"),
  own_node: row(400, EXIT.usage, "It is this registry itself"),
  peer_not_found: row(404, EXIT.not_found, "No such peer"),
  peers_only: row(403, EXIT.not_permitted, "Only connected peers may read this"),
  port_in_use: row(500, EXIT.failure, "The port is in use"),
  price_limit: row(409, EXIT.no_offer, "Outside the price limit of your configuration"),
  private_address: row(403, EXIT.not_permitted, "A private address"),
  quarantined: row(409, EXIT.failure, "The node is quarantined"),
  rate_limited: row(429, EXIT.network, "Too many requests"),
  sealed_auction: row(409, EXIT.failure, "The auction takes sealed bids"),
  session_invalid: row(401, EXIT.not_permitted, "The session is not valid"),
  shader_error: row(422, EXIT.job_failed, "The shader does not compile"),
  software: row(422, EXIT.failure, "A software adapter"),
  stale_plan: row(409, EXIT.no_offer, "The GPU changed since the plan was shown"),
  state_mismatch: row(500, EXIT.failure, "The replayed state differs"),
  timeout: row(504, EXIT.network, "No answer in time"),
  too_large: row(413, EXIT.usage, "Too large"),
  unknown_command: row(400, EXIT.usage, "No such command"),
  unknown_key: row(400, EXIT.usage, "No such configuration key"),
  unsupported_version: row(400, EXIT.failure, "Another protocol version"),
  wrong_node: row(403, EXIT.not_permitted, "Another node answers there"),
};

/** Codes that say nothing of the request, only that the registry could not take it now. */
export const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  "bad_gateway",
  "busy",
  "clock_jumped",
  "internal",
  "network",
  "rate_limited",
  "timeout",
]);

/** Codes after which one who follows something goes on asking for a while. */
export const AWAY_CODES: ReadonlySet<string> = new Set([...TRANSIENT_CODES, "home_unreachable"]);

/** The meaning of a code; one that the table lacks counts as internal. */
export function meaningOf(code: string): CodeMeaning {
  return CODES[code] ?? CODES.internal ?? row(500, EXIT.failure, "An error inside Horizon");
}
