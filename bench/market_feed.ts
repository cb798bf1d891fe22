import { Buffer } from "node:buffer";
import { createPrivateKey, sign } from "node:crypto";
import { sha256Hex } from "../src/base/hash.ts";
import { newId } from "../src/base/ids.ts";
import { identityOf, PKCS8_PREFIX } from "../src/base/identity.ts";
import { canonicalBytes, canonicalJson } from "../src/base/json.ts";
import type { EventDraft, FeedEvent } from "../src/protocol/feed.ts";
import type { Intent, Settings } from "../src/protocol/intent.ts";
import { decide, due, emptyState, evolve, genesis } from "../src/market/market.ts";
import { type PlacedEvent, placeEvent } from "../src/protocol/event_text.ts";
import type { FramedIntent } from "../src/protocol/frame.ts";
import { EMPTY_HEAD } from "../src/store/checkpoint.ts";

const START_AT = 1_700_000_000_000;
const GPUS = 100;
const RENTERS = 50;
const DURATION_S = 60;
/** Time between two intents: a lease has run out before its GPU's turn comes again. */
const STEP_MS = 700;
const PRICE_MICROS_PER_HOUR = 300_000;
const DEPOSIT_MICROS = 1_000_000_000;
const CLASS = "RTX 3090";
const SETTINGS: Settings = {
  mode: "served",
  allow_software: false,
  welcome_credit_micros: 0,
  fee_bps: 100,
  offline_grace_ms: 30_000,
};

const secretOf = (n: number) => new Uint8Array(32).fill(1 + n);
const actorOf = (n: number) => identityOf(secretOf(n)).id;
const NODE = actorOf(0);
const OWNER = actorOf(1);
const renterOf = Array.from({ length: RENTERS }, (_, i) => actorOf(2 + i));
/** Of the right length: evolving checks no signature. */
const SIGNATURE = "A".repeat(86);
/** Secret seed of the node whose feed it is. */
export const NODE_SECRET = secretOf(0);
const HASH = "0".repeat(64);

type Wish = {
  [T in Intent["type"]]: Pick<Extract<Intent, { type: T }>, "type" | "body" | "actor">;
}[
  Intent["type"]
];

/**
 * The endless feed of a busy registry, decided by the market itself: money comes in, GPUs are listed,
 * then rented in turn; on each lease a job runs; the lease runs out, is settled, and is archived with
 * its job an hour later. Without `sign`, its intents carry no real signatures.
 */
export function* marketFeed(sign: Sign = () => SIGNATURE): Generator<PlacedEvent> {
  const state = emptyState();
  let head = EMPTY_HEAD;
  let at = START_AT;
  const place = (draft: EventDraft, intent: Intent | null): PlacedEvent => {
    const placed = placeEvent(draft, head, at, intent === null ? null : framed(intent, sign));
    evolve(state, placed.event);
    head = placed.head;
    return placed;
  };
  yield place(genesis(NODE, SETTINGS), null);
  const asking = wishes();
  for (let asked = asking.next(); !asked.done;) {
    const until = at + STEP_MS;
    for (let next = due(state, until); next !== undefined; next = due(state, until)) {
      at = next.at;
      yield place(next.draft, null);
    }
    at = until;
    const intent = intentOf(asked.value, at);
    const decided = decide(state, intent, at);
    if ("refused" in decided) throw decided.refused;
    const drafts = decided.events.slice(0, -1);
    for (const draft of drafts) yield place(draft, null);
    const [main] = decided.events.slice(-1);
    if (main === undefined) throw new Error("a decision without an event");
    const placed = place(main, intent);
    yield placed;
    asked = asking.next(placed.event);
  }
}

/** What the actors ask for; each is told the event that came of it. */
function* wishes(): Generator<Wish, void, FeedEvent> {
  for (const to of renterOf) {
    yield { type: "wallet.deposit", actor: NODE, body: { to, amount_micros: DEPOSIT_MICROS } };
  }
  for (let gpu = 0; gpu < GPUS; gpu++) yield* listing(`gpu-${gpu}`);
  for (let turn = 0;; turn++) {
    const renter = renterOf[turn % RENTERS] ?? OWNER;
    const gpu_id = `gpu-${turn % GPUS}`;
    yield {
      type: "lease.rent",
      actor: renter,
      body: {
        gpu_id,
        duration_s: DURATION_S,
        max_price_micros_per_hour: PRICE_MICROS_PER_HOUR,
        expected: { verdict: "verified", class: CLASS },
      },
    };
    yield* job(renter, gpu_id);
  }
}

function* job(renter: string, gpu_id: string): Generator<Wish, void, FeedEvent> {
  const submitted = yield {
    type: "job.submit",
    actor: renter,
    body: {
      gpu_id,
      kind: "wgsl",
      bundle: HASH,
      limits: { time_s: 30, memory_mb: 1024, vram_mb: 1024, output_mb: 64 },
      retry: { attempts: 1, on: ["lost"] },
    },
  };
  const job_id = `job_${submitted.seq}`;
  const attempt = 1;
  yield { type: "job.claim", actor: OWNER, body: { job_id } };
  yield { type: "job.start", actor: OWNER, body: { job_id, attempt } };
  yield {
    type: "job.finish",
    actor: OWNER,
    body: { job_id, attempt, outcome: "succeeded", reason: "done", side: null, result: HASH },
  };
}

function* listing(gpu_id: string): Generator<Wish, void, FeedEvent> {
  const spread = { median: 1, p10: 1, p90: 1 };
  yield {
    type: "gpu.register",
    actor: OWNER,
    body: {
      gpu_id,
      gpu_type: CLASS,
      vram_gb: 24,
      price_micros_per_hour: PRICE_MICROS_PER_HOUR,
      adapter: { vendor: "", architecture: "", device: "", description: "", is_fallback: false },
      performance: {
        self_reported: true,
        measured_at: START_AT,
        fp32_gflops: spread,
        fp16_gflops: null,
        u32_gops: spread,
        memory_gbps: spread,
        upload_gbps: spread,
        download_gbps: spread,
        launch_us: spread,
      },
    },
  };
  const figures = { gops: 1, elapsed_ms: 1, m: 64, k: 64, n: 64 };
  yield {
    type: "gpu.judge",
    actor: NODE,
    body: {
      gpu_id,
      challenge_id: newId(START_AT),
      verdict: {
        verdict: "verified",
        class: CLASS,
        reason: "",
        figures,
        contradicts: [],
        step: null,
      },
      root: HASH,
      indices: [],
      answer_sha256: HASH,
    },
  };
  const body = { gpu_id, online: true, last_seen: START_AT };
  yield { type: "gpu.liveness", actor: NODE, body };
}

function intentOf(wish: Wish, at: number): Intent {
  return {
    ...wish,
    v: 1,
    id: newId(at),
    registry: NODE,
    issued_at: at,
    expires_at: at + DURATION_S * 1_000,
  };
}

function framed(intent: Intent, sign: Sign): FramedIntent {
  const bytes = canonicalBytes(intent);
  const text = canonicalJson(intent);
  const sig = sign(intent.actor, bytes);
  return { intent, sig, text, bytes, intent_sha256: sha256Hex(bytes) };
}

/** Signs as one of the feed's actors: base64url. */
type Sign = (actor: string, bytes: Uint8Array) => string;

/** Real signatures of all actors, by OpenSSL: synchronous, and ten times as fast as JavaScript. */
export function realSignatures(): Sign {
  const keys = new Map(Array.from({ length: 2 + RENTERS }, (_, n) => {
    const der = Buffer.from([...PKCS8_PREFIX, ...secretOf(n)]);
    return [actorOf(n), createPrivateKey({ key: der, format: "der", type: "pkcs8" })] as const;
  }));
  return (actor, bytes) => {
    const key = keys.get(actor);
    if (key === undefined) throw new Error(`${actor} is no actor of the feed`);
    return sign(null, bytes, key).toString("base64url");
  };
}
