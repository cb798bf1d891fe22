import { API_BASE } from "../../protocol/api.ts";
import { GPU, JOB, LEASE, PROOF, SHA256, TRANSCRIPT, ULID } from "./examples.ts";
import { BYTES, type Operation } from "./operation.ts";

const STAGE_ERRORS = [
  "session_invalid",
  "invalid_input",
  "too_large",
  "challenge_not_found",
  "challenge_state",
  "answer_late",
  "challenge_lapsed",
];
const { m, k, n, lanes, steps, sweeps } = TRANSCRIPT;

/** The stages of a proof, in order, and the daemon's poll. */
export const PROOF_OPERATIONS: readonly Operation[] = [
  {
    method: "post",
    path: `${API_BASE}/challenges`,
    id: "askChallenge",
    tag: "proof",
    summary: "Asks for a challenge for one of the session's own GPUs",
    who: "session",
    body: { schema: "ChallengeRequest", example: { gpu_id: GPU.gpu_id } },
    answers: [{
      schema: "ChallengeIssued",
      example: {
        challenge_id: ULID,
        gpu_id: GPU.gpu_id,
        echo: SHA256,
        expires_at: LEASE.ends_at,
      },
    }],
    errors: [
      "session_invalid",
      "invalid_input",
      "forbidden",
      "gpu_not_found",
      "challenge_open",
      "limit_reached",
    ],
  },
  {
    method: "post",
    path: `${API_BASE}/challenges/:id/start`,
    id: "startChallenge",
    tag: "proof",
    summary: "Returns the echo, which times the round trip, and gets what is to be computed",
    who: "session",
    body: { schema: "StartRequest", example: { echo: SHA256 } },
    answers: [{
      schema: "ChallengeView",
      example: {
        challenge_id: ULID,
        gpu_id: GPU.gpu_id,
        nonce: SHA256,
        m,
        k,
        n,
        lanes,
        steps,
        sweeps,
        expires_at: LEASE.ends_at,
      },
    }],
    errors: STAGE_ERRORS,
  },
  {
    method: "post",
    path: `${API_BASE}/challenges/:id/matrix`,
    id: "commitMatrix",
    tag: "proof",
    summary: "Commits to the product, and gets the nonce of the chain",
    who: "session",
    body: { schema: "RootRequest", example: { root: SHA256 } },
    answers: [{ schema: "NonceView", example: { nonce: SHA256 } }],
    errors: STAGE_ERRORS,
  },
  {
    method: "post",
    path: `${API_BASE}/challenges/:id/chain`,
    id: "commitChain",
    tag: "proof",
    summary: "Commits to the chain, and gets the nonce of the sweeps",
    who: "session",
    body: { schema: "RootRequest", example: { root: SHA256 } },
    answers: [{ schema: "NonceView", example: { nonce: SHA256 } }],
    errors: STAGE_ERRORS,
  },
  {
    method: "post",
    path: `${API_BASE}/challenges/:id/sweep`,
    id: "commitSweeps",
    tag: "proof",
    summary: "Commits to all sweeps, and gets what is to be opened",
    who: "session",
    body: { schema: "RootsRequest", example: { roots: [SHA256, SHA256] } },
    answers: [{ schema: "DrawView", example: drawOf() }],
    errors: STAGE_ERRORS,
  },
  {
    method: "post",
    path: `${API_BASE}/challenges/:id/answer`,
    id: "answerChallenge",
    tag: "proof",
    summary: "Opens what was drawn, and gets the verdict",
    who: "session",
    body: { type: BYTES, schema: null },
    answers: [{
      schema: "Judged",
      example: { verdict: PROOF.verdict, listed: true, seq: PROOF.seq },
    }],
    errors: [...STAGE_ERRORS, "failed", "implausible", "software"],
  },
  {
    method: "post",
    path: `${API_BASE}/provider/poll`,
    id: "pollWork",
    tag: "provider",
    summary: "Says which GPUs are online, and waits for their next work",
    who: "session",
    body: {
      schema: "PollRequest",
      example: { gpus: [GPU.gpu_id], jobs: [], wait_ms: 10_000 },
    },
    answers: [{
      schema: "PollAnswer",
      example: {
        assignments: [{
          job_id: JOB.job_id,
          lease_id: JOB.lease_id,
          gpu_id: JOB.gpu_id,
          home_epoch: 1,
          attempt: 1,
          bundle: JOB.bundle,
          limits: JOB.limits,
          checkpoint: null,
        }],
        stop: [],
        challenges: [{ gpu_id: GPU.gpu_id, reason: "idle" }],
      },
    }],
    errors: ["session_invalid", "invalid_input", "forbidden", "gpu_not_found"],
  },
];

/** As many rows as are always opened. */
function drawOf() {
  const rows = Array.from({ length: 64 }, (_, i) => 61 * i);
  return { rows, lanes: TRANSCRIPT.lanes_opened, sweeps: TRANSCRIPT.sweeps_opened };
}
