/** Every size, count, rate and wait that the protocol bounds, in one place. Times are milliseconds. */
export const LIMITS = {
  // Identifiers and texts
  gpu_id_chars: 64,
  gpu_type_chars: 64,
  name_chars: 128,
  text_chars: 1024,

  // Intents and sessions (DESIGN §3)
  intents_per_request: 1_000,
  intent_life_ms: 10 * 60_000,
  clock_skew_ms: 5 * 60_000,
  /** How long past its expiry an intent's id is remembered, so that it can't be replayed. */
  intent_memory_ms: 5 * 60_000,
  /** A bulk of bids is the largest. */
  intent_bytes: 128 * 1024,
  request_bytes: 8 * 1024 * 1024,
  session_life_ms: 15 * 60_000,
  sessions: 10_000,

  // Self-test
  self_test_rows: 64,
  /** Entries of the operation log in a bundle, and their characters in all. */
  bundle_log_entries: 200,
  bundle_log_chars: 256 * 1024,

  // Market
  duration_min_s: 60,
  duration_max_s: 366 * 24 * 3600,
  gpus: 1_000_000,
  gpus_per_owner: 1_000,
  home_epoch: 1_000_000,
  /** GPUs that left, as their old home remembers them: the oldest is forgotten beyond it. */
  departures: 100_000,
  /** GPUs in an owner's own record of their homes. */
  homes: 10_000,
  /** How long a GPU whose old home is gone waits before it is listed, so that the home can object. */
  move_wait_ms: 24 * 3_600_000,
  move_wait_max_ms: 30 * 24 * 3_600_000,
  jobs_per_lease: 1_000,
  /** Ended leases and jobs stay in memory this long, then leave it by an `archived` event. */
  archive_after_ms: 60 * 60_000,
  archive_batch: 200,

  // Auctions and bids
  auction_timeout_min_ms: 1_000,
  auction_timeout_max_ms: 7 * 24 * 3_600_000,
  auction_units: 1_000,
  auction_bids: 10_000,
  /** Openings of sealed bids that one `auction.reveal` carries. */
  auction_openings: 200,
  bid_quantity: 1_000,
  bids_per_actor: 20_000,
  /** Bids of one `bid.bulk`, and the filters that they share. */
  bulk_bids: 4_095,
  bulk_filters: 64,
  bid_life_max_ms: 90 * 24 * 3_600_000,
  /** An English bid must beat the best one by this share of it, and at least a micro-dollar. */
  english_increment_bps: 100,
  /** An English bid in the last minute leaves a whole one again, this many times at most. */
  soft_close_ms: 60_000,
  soft_close_extensions: 60,
  /** Class orders are matched with free GPUs this often. */
  clearing_round_ms: 5_000,
  orders: 100_000,

  // Time (DESIGN §4)
  clock_jump_ms: 60 * 60_000,
  tick_ms: 30_000,
  poll_wait_ms: 10_000,
  /** A provider silent for this long is offline. */
  offline_after_ms: 15_000,
  /** A lease whose GPU stays offline this long ends, and is settled. */
  offline_grace_ms: 30_000,

  // Journal (DESIGN §4)
  journal_value_bytes: 64 * 1024,
  journal_batch_bytes: 700 * 1024,
  journal_batch_mutations: 900,
  journal_queue_events: 50_000,
  snapshot_every_events: 50_000,

  // Shared store (DESIGN §4)
  /** How long one request to the shared store may take. */
  store_timeout_ms: 5_000,
  /** A page of the journal's values, and their frame. */
  store_answer_bytes: 16 * 1024 * 1024,
  store_endpoints: 64,
  store_token_chars: 4_096,
  /** A leader that has not renewed its lease for this long is none. */
  leader_lease_ms: 3_000,
  /** How often a follower looks for new events, and for the leader's sign of life. */
  follow_ms: 100,
  /** Writes that one process holds, or has on their way to the leader. */
  held_bytes: 64 * 1024 * 1024,

  // Proof (DESIGN §5)
  challenges_open: 256,
  challenges_open_per_actor: 8,
  /** Challenges that an actor may ask for by himself: so many a second, and at once. */
  challenges_per_second: 1,
  challenges_burst: 128,
  /** How long the first echo of a challenge may take, and the openings with their way here. */
  proof_echo_ms: 10_000,
  proof_answer_ms: 60_000,
  /** What each stage may take beyond the time that the slowest adapter of the class needs. */
  proof_slack_ms: 10_000,
  proof_stage_max_ms: 120_000,
  /** How long the end of a challenge is remembered, to say so. */
  challenge_memory_ms: 120_000,
  /** GPUs that nobody uses are proven again after such a time on average, drawn anew each time. */
  idle_proof_mean_ms: 4 * 3_600_000,
  /** A badge is renewed so long before it expires. */
  badge_renew_ms: 2 * 3_600_000,
  /** How long after it was told a daemon may take to collect a challenge. */
  proof_collect_ms: 60_000,
  /** A daemon is told again after so long. */
  proof_tell_ms: 5_000,
  /** Random halves of all idle GPUs are proven at one time, after such a time on average. */
  cohort_mean_ms: 6 * 3_600_000,
  cohort_members: 64,
  /** How long the first that is ready waits for the others, whose drivers may compile for a while. */
  cohort_gather_ms: 30_000,
  /** Slow tries beside others, with fine ones alone in between, that are no accident. */
  cohort_tries: 3,
  /** The longest answer that there is: what a reader takes of a kept one. */
  proof_answer_bytes: 4 * 1024 * 1024,
  /** Answers that wait for a verifier; beyond it their provider is told to come back. */
  proofs_waiting: 32,
  verify_workers: 4,
  /** Latest answers that are kept, one a GPU: about 24 GB. */
  latest_answers: 16_384,
  /** Answers that were no good and are kept, the latest of each GPU's. */
  disputed_answers: 256,
  /** Records of proofs on one page: each is up to 20 KB. */
  proofs_page: 100,
  proof_rows: 64,
  /** Lanes of the chain that are opened, passes over memory that there may be, and those opened. */
  proof_lanes: 64,
  proof_sweeps: 256,
  proof_sweeps_opened: 8,
  proof_matrix_rows: 2 ** 25,
  proof_matrix_depth: 8_192,
  proof_chain_lanes: 2 ** 27,
  proof_chain_steps: 2 ** 15,
  /** How long a good verdict lists a GPU at a registry that serves others, unless it says otherwise. */
  badge_life_ms: 24 * 3_600_000,
  badge_life_min_ms: 1_000,
  badge_life_max_ms: 366 * 24 * 3_600_000,
  /** What a complaint costs unless the registry says otherwise, and the most that it may. */
  challenge_fee_micros: 10_000,
  challenge_fee_max_micros: 1_000_000_000,
  /** A complaint that no verdict has answered by then lapses, and its fee is released. */
  complaint_wait_ms: 15 * 60_000,
  /** One actor may complain of a GPU once in this time, and all of them so many times. */
  complaint_window_ms: 10 * 60_000,
  complaints_per_window: 8,

  // Jobs and blobs (DESIGN §6)
  job_file_bytes: 1024 * 1024,
  job_inputs: 64,
  job_outputs: 64,
  job_bindings: 16,
  onnx_batch_rows: 1_000_000,
  /** A tensor as nested lists of JSON, which takes several times its size to read. */
  tensor_json_bytes: 64 * 1024 * 1024,
  /** A module's source, its environment, and the values and depth of its arguments. */
  job_source_bytes: 16 * 1024 * 1024,
  job_env: 64,
  json_values: 20_000,
  json_depth: 16,
  blob_bytes: 2 * 1024 ** 3,
  blob_quota_bytes: 32 * 1024 ** 3,
  blob_quota_per_actor_bytes: 4 * 1024 ** 3,
  /** A client sends a large blob in parts of this size, and goes on after the last that arrived. */
  blob_part_bytes: 4 * 1024 * 1024,
  /** Uploads of one actor that are not whole yet. */
  blob_uploads_per_actor: 64,
  /** An upload of which nothing comes for this long is cut off. */
  blob_stall_ms: 60_000,
  /** How long a blob that no job names, and an upload that nobody goes on with, are kept. */
  blob_unnamed_keep_ms: 24 * 3_600_000,
  /** How long artefacts and logs are kept after their job's end, unless the registry says otherwise. */
  artefact_keep_ms: 7 * 24 * 3_600_000,
  artefact_keep_max_ms: 3_650 * 24 * 3_600_000,
  /** How often what has had its time is looked for. */
  artefact_round_ms: 10 * 60_000,
  job_time_max_s: 24 * 3600,
  job_memory_max_mb: 64 * 1024,
  job_vram_max_mb: 256 * 1024,
  job_output_max_mb: 256,
  /** A checkpoint, unless the job says otherwise, and the largest that it may ask for. */
  job_checkpoint_mb: 64,
  job_checkpoint_max_mb: 256,
  job_retry_attempts: 5,
  /** What its sides said after running a job again. */
  job_statements: 16,
  job_log_line_chars: 4096,
  job_metrics: 8,
  /** Lines and text of one attempt's log that are sent as they come; beyond it the last lines are kept. */
  job_log_lines: 10_000,
  job_log_chars: 16 * 1024 * 1024,
  job_log_tail_lines: 256,
  /** Progress and metrics are sent this often; less often once there were many. */
  job_live_ms: 100,
  job_live_later_ms: 1_000,
  job_live_often_lines: 6_000,
  job_log_batch_lines: 256,
  /** The log of a job at its registry, over all attempts; what comes after it is dropped. */
  job_log_bytes: 64 * 1024 * 1024,
  /** What the lines of one page of a log come to, and one line more. */
  job_log_page_chars: 1024 * 1024,
  /** What a job may write beside its outputs: log, progress, frames. So much at once, and a second. */
  job_talk_bytes: 64 * 1024 * 1024,
  job_talk_bytes_per_s: 1024 * 1024,

  // Quotes: GPUs, the longest run of one sample, and samples on one GPU
  quote_gpus: 16,
  quote_sample_max_s: 300,
  quote_samples: 8,

  // Listings and streams
  page_default: 50,
  page_max: 1_000,
  filter_chars: 1_024,
  filter_terms: 16,
  grpc_connections: 1_024,
  grpc_calls_per_connection: 128,
  sse_clients: 1_024,
  sse_backlog_events: 4_096,

  // Federation (DESIGN §7)
  url_chars: 256,
  alias_chars: 32,
  node_urls: 4,
  peers: 256,
  /** Nodes that were told of and never reached: so many, and for so long. */
  peers_strange: 32,
  peer_stranger_ms: 10 * 60_000,
  /** Longest list of peers: what all of them come to, and some. */
  peers_answer_bytes: 4 * 1024 * 1024,
  /** Peers are asked for records, heads and evidence this often, some at a time. */
  peer_round_ms: 5_000,
  peers_per_round: 8,
  /** How long a peer may take to answer a question. */
  peer_timeout_ms: 5_000,
  /** How soon a home that can't be reached is said to be so. */
  home_timeout_ms: 1_800,
  /** Requests of others that wait for one home's answer at a time. */
  relayed_requests: 256,
  /** Addresses of one name that are looked at; a name with more is refused. */
  dial_addresses: 16,
  /** Of the loopback tunnel that pins an HTTPS peer: a request's head, and connections at one time. */
  tunnel_head_bytes: 8 * 1024,
  tunnel_connections: 64,
  /** Bytes of one answer with events: whole commits, at least one. */
  feed_page_bytes: 16 * 1024 * 1024,
  /** What one peer's feed may take on this registry's disk. */
  replica_bytes: 16 * 1024 * 1024 * 1024,
  /** A feed that begins anew is fetched anew, at most this often. */
  replica_restart_ms: 10 * 60_000,
  evidence_kept: 64,
  evidence_events: 5_000,
  /** A peer's evidence that could not be judged is read again after so long. */
  evidence_again_ms: 60_000,
  evidence_bytes: 1024 * 1024,
  sync_changes: 100,
  /** A list of evidence with its events, or what a registry says of its peers to its operator. */
  network_answer_bytes: 72 * 1024 * 1024,
  /** The copy of the listings on a person's disk. */
  listing_copy_bytes: 256 * 1024 * 1024,

  // Backups
  /** Backups that one registry writes at a time: each competes with its writers. */
  backups: 1,
  backup_header_bytes: 1024,
  /** The parts of a backup that are texts: its manifest, the key, its end. */
  backup_text_bytes: 8 * 1024,
  /** What is sent at once, and values of the journal that are read at once. */
  backup_chunk_bytes: 64 * 1024,
  backup_page_values: 8,
  /** Wrong things of one kind that a check of a data folder names. */
  fsck_findings: 100,

  // Rates: tokens a second, and the burst
  rate_per_key: 200,
  rate_per_key_burst: 2_000,
  rate_per_address: 500,
  rate_per_address_burst: 5_000,
} as const;
