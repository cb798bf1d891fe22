import { API_BASE } from "../../protocol/api.ts";
import { BlobPartQuery } from "../../protocol/blob.ts";
import { LogQuery } from "../../protocol/queries.ts";
import { AUCTION, FRAME, LEASE, NODE, RENT, SHA256, SIGNATURE } from "./examples.ts";
import { BYTES, EVENT_STREAM, type Operation } from "./operation.ts";

const SESSION = ["session_invalid"];
const BLOB = {
  sha256: SHA256,
  size_bytes: 65_536,
  received_bytes: 65_536,
  complete: true,
};
const RANGE = { name: "Range", summary: "From a byte on: `bytes=N-`", example: "bytes=1024-" };

/** Signed intents, sessions, and the private side-cars of jobs. */
export const WRITE_OPERATIONS: readonly Operation[] = [
  {
    method: "post",
    path: `${API_BASE}/intents`,
    id: "submitIntents",
    tag: "intents",
    summary: "Submits up to 1,000 signed intents; each is answered on its own once it is durable",
    about:
      "An intent is signed with Ed25519 over its RFC 8785 bytes. Its id is a ULID and binds: " +
      "the same intent sent again gets the same answer. A refusal by the market is an answer of " +
      "200 with `ok: false` and a code.",
    body: { schema: "IntentRequest", example: { envelopes: [RENT] } },
    answers: [{
      schema: "Receipt",
      example: {
        node: NODE,
        results: [
          {
            ok: true,
            intent_sha256: SHA256,
            seq: 12,
            at: LEASE.started_at,
            type: "lease.opened",
            data: { lease_id: LEASE.lease_id },
          },
        ],
        sig: SIGNATURE,
      },
    }],
    errors: ["invalid_input", "too_large", "disk_full"],
  },
  {
    method: "post",
    path: `${API_BASE}/sessions`,
    id: "openSession",
    tag: "intents",
    summary: "Exchanges a signed session intent for a token, which stands for its signature",
    body: {
      schema: "SessionEnvelope",
      example: { intent: { ...FRAME, type: "session", body: {} }, sig: SIGNATURE },
    },
    answers: [{
      schema: "Session",
      example: { token: "q7Zx0b3mT5v9K1n4R8c2W6y0D3f7H1j5", expires_at: LEASE.ends_at },
    }],
    errors: [
      "invalid_input",
      "invalid_signature",
      "intent_expired",
      "intent_not_yet_valid",
      "intent_wrong_registry",
      "intent_id_reused",
      "limit_reached",
    ],
  },
  {
    method: "post",
    path: `${API_BASE}/auctions/:auction_id/openings`,
    id: "openBid",
    tag: "intents",
    summary: "Tells the registry alone the price of a bid that is then sealed by its commitment",
    who: "session",
    body: {
      schema: "SecretOpening",
      example: {
        auction_id: AUCTION.auction_id,
        price_micros_per_hour: 250_000,
        salt: SHA256.slice(0, 32),
      },
    },
    answers: [{ schema: "Commitment", example: { commitment: SHA256 } }],
    errors: [
      ...SESSION,
      "invalid_input",
      "auction_not_found",
      "auction_state",
      "own_gpu",
      "below_reserve",
      "insufficient_funds",
      "files_not_shared",
    ],
  },
  {
    method: "put",
    path: `${API_BASE}/blobs/:sha256`,
    id: "putBlob",
    tag: "jobs",
    summary: "Stores a file by its SHA-256, whole or in parts that go on after each other",
    about: "Without a query the body is the whole file. With `offset` and `size` it is a part.",
    who: "session",
    query: BlobPartQuery.partial(),
    body: { type: BYTES, schema: null },
    answers: [{ schema: "BlobStatus", example: BLOB }],
    errors: [
      ...SESSION,
      "forbidden",
      "invalid_input",
      "too_large",
      "blob_mismatch",
      "blob_offset",
      "blob_quota",
      "disk_full",
      "files_not_shared",
    ],
  },
  {
    method: "get",
    path: `${API_BASE}/blobs/:sha256`,
    id: "getBlobStatus",
    tag: "jobs",
    summary: "How far the caller's own upload of a file has come",
    who: "session",
    answers: [{ schema: "BlobStatus", example: BLOB }],
    errors: [...SESSION, "invalid_input"],
  },
  {
    method: "get",
    path: `${API_BASE}/jobs/:job_id/blobs/:sha256`,
    id: "getJobBlob",
    tag: "jobs",
    summary: "A file that a job names, from a byte on",
    who: "renter or provider",
    headers: [RANGE],
    answers: [{ type: BYTES, schema: null }],
    errors: [...SESSION, "forbidden", "job_not_found", "blob_not_found", "blob_expired"],
  },
  {
    method: "post",
    path: `${API_BASE}/jobs/:job_id/logs`,
    id: "appendLog",
    tag: "jobs",
    summary: "Adds lines to a job's log",
    who: "provider",
    body: {
      schema: "LogRequest",
      example: { lines: [{ at: LEASE.started_at, kind: "log", text: "epoch 1" }] },
    },
    answers: [{ schema: "Empty", example: {} }],
    errors: [
      ...SESSION,
      "forbidden",
      "invalid_input",
      "too_large",
      "job_not_found",
      "blob_expired",
    ],
  },
  {
    method: "get",
    path: `${API_BASE}/jobs/:job_id/logs`,
    id: "readLog",
    tag: "jobs",
    summary: "Lines of a job's log; with `follow` as they come, until the job ends",
    who: "renter or provider",
    query: LogQuery,
    answers: [
      {
        schema: "LogPage",
        example: { lines: [{ at: LEASE.started_at, kind: "log", text: "epoch 1", n: 1 }] },
      },
      {
        type: EVENT_STREAM,
        schema: null,
        example: `id: 1\ndata: {"at":${LEASE.started_at},"kind":"log","text":"epoch 1","n":1}\n\n`,
      },
    ],
    errors: [
      ...SESSION,
      "forbidden",
      "invalid_input",
      "job_not_found",
      "blob_expired",
      "limit_reached",
    ],
  },
];
