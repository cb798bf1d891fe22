import { HorizonError } from "../../base/errors.ts";
import { canonicalJson } from "../../base/json.ts";
import type { Client } from "../../client/client.ts";
import type { FeedEvent } from "../../protocol/feed.ts";
import type { ProofTranscript } from "../../protocol/proof.ts";
import type { ProofRecord } from "../../protocol/proof_record.ts";
import { readEvent } from "./event.ts";
import { isSigned } from "./signatures.ts";

/** One thing that was checked, and what came of it. */
export interface Check {
  check: "feed" | "prover" | "figures" | "answer" | "computation";
  ok: boolean;
  detail: string;
}

/** What a registry says of a GPU that it no longer has. */
const GONE: ReadonlySet<string> = new Set(["gpu_not_found", "gpu_moved"]);

/** What no reader can check later: it is the registry's word. */
export const NOT_CHECKED = [
  "time: when each nonce was sent and each commitment came is the registry's word",
  "draw: that the openings were drawn at random, and only after the commitments",
];

/**
 * Checks the latest proof of a GPU again on this machine: that the registry's signed feed says what is
 * shown, that the kept answer is the one that it names, and that the answer leads to that verdict.
 * Throws `proof_not_found` where nothing was kept that could be checked.
 */
export async function verifyProof(client: Client, record: ProofRecord): Promise<Check[]> {
  const { proof, answer_sha256, gpu_id } = record;
  if (proof === null || answer_sha256 === null) throw uncheckable(record);
  const before = [
    await checkFeed(client, record),
    checkProver(await ownerOf(client, gpu_id), record),
    await checkFigures(record.verdict, proof),
  ];
  const answer = await readAnswer(client, gpu_id, answer_sha256);
  if ("check" in answer) return [...before, answer];
  return [
    ...before,
    { check: "answer", ok: true, detail: `${answer.bytes.length} bytes have the hash in the feed` },
    await checkComputation({ ...record, proof }, answer.bytes),
  ];
}

/** Whether the answer leads to the verdict, and opens all that it must. */
export async function checkComputation(
  record: ProofRecord & { proof: ProofTranscript },
  answer: Uint8Array,
): Promise<Check> {
  const { verifyStored } = await import("../../proof/stored_proof.ts");
  const random = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes);
  try {
    const outcome = verifyStored(record, answer, random);
    const detail = outcome.ok
      ? "all that was opened is right"
      : `${outcome.reason} (${outcome.step}: ${outcome.code})`;
    return { check: "computation", ok: outcome.ok === hasHeld(record), detail };
  } catch (thrown) {
    if (!(thrown instanceof HorizonError)) throw thrown;
    return { check: "computation", ok: false, detail: thrown.message };
  }
}

async function ownerOf(client: Client, gpu_id: string): Promise<string | null> {
  try {
    return (await client.gpu(gpu_id)).owner;
  } catch (thrown) {
    if (thrown instanceof HorizonError && GONE.has(thrown.code)) return null;
    throw thrown;
  }
}

/** Whether who proved it is who offers it: a proof is bound to a key, and others' are public. */
export function checkProver(owner: string | null, record: Pick<ProofRecord, "owner">): Check {
  if (owner === null) return { check: "prover", ok: true, detail: "the GPU is no longer offered" };
  const ok = owner === record.owner;
  const detail = ok ? "its owner's key proved it" : `its owner is ${owner}, and not who proved it`;
  return { check: "prover", ok, detail };
}

/** Whether the figures are those of a proof of that size, by the times that the registry gives. */
export async function checkFigures(
  { figures }: ProofRecord["verdict"],
  proof: ProofTranscript,
): Promise<Check> {
  const { figuresOf } = await import("../../proof/figures.ts");
  const { chain_ms, sweep_ms, round_trip_ms } = figures;
  const times = {
    ...(chain_ms === undefined ? {} : { chain_ms }),
    ...(sweep_ms === undefined ? {} : { sweep_ms }),
    ...(round_trip_ms === undefined ? {} : { round_trip_ms }),
  };
  const implied = { ...figuresOf(proof, figures.elapsed_ms, times) };
  const ok = canonicalJson(implied) === canonicalJson(figures);
  const detail = ok
    ? "they follow from the proof's size and its times"
    : `by the proof's size and its times they would be ${canonicalJson(implied)}`;
  return { check: "figures", ok, detail };
}

function uncheckable({ gpu_id, answer_sha256, verdict: { step } }: ProofRecord): HorizonError {
  const [message, fix] = answer_sha256 === null
    ? [
      `The latest proof of ${gpu_id} has no answer.`,
      "It ended before its openings; see the reason in its verdict.",
    ]
    : [
      `The feed doesn't say what was asked in the latest proof of ${gpu_id}.`,
      "It is of an older version of Horizon. Its next proof can be checked.",
    ];
  return new HorizonError("proof_not_found", message, { fix, details: { step } });
}

/** Any verdict but `failed` is over an answer that was right. */
function hasHeld({ verdict }: ProofRecord): boolean {
  return verdict.verdict !== "failed";
}

async function readAnswer(
  client: Client,
  gpu_id: string,
  sha256: string,
): Promise<{ bytes: Uint8Array<ArrayBuffer> } | Check> {
  try {
    return { bytes: await client.proofs.keptAnswer(gpu_id, sha256) };
  } catch (thrown) {
    const detail = thrown instanceof HorizonError ? whyUnread(thrown) : null;
    if (detail === null) throw thrown;
    return { check: "answer", ok: false, detail };
  }
}

/** What is wrong with an answer that the registry didn't give; null where it was not asked at all. */
function whyUnread({ code, message }: HorizonError): string | null {
  if (code === "blob_mismatch") return message;
  return code === "proof_not_found"
    ? "the registry has no answer with the hash in its feed: it was changed or lost there, or " +
      "forgotten with the GPU"
    : null;
}

async function checkFeed(client: Client, record: ProofRecord): Promise<Check> {
  const { seq } = record;
  const { events } = await client.feed(client.node_id, { after: seq - 1, limit: 1 });
  const [raw] = events;
  const event = raw === undefined ? null : readEvent(raw);
  const why = event === null ? `there is no event ${seq}` : await objection(event, record, client);
  return why === null
    ? { check: "feed", ok: true, detail: `event ${seq} says the same, signed by the registry` }
    : { check: "feed", ok: false, detail: why };
}

/** What in an event is not as the record says; null if nothing. */
async function objection(
  event: FeedEvent,
  record: ProofRecord,
  client: Client,
): Promise<string | null> {
  if (event.seq !== record.seq || event.type !== "gpu.judged" || event.intent === undefined) {
    return `event ${record.seq} is no verdict`;
  }
  const { intent, sig } = event.intent;
  if (intent.type !== "gpu.judge" || intent.registry !== client.node_id) {
    return `event ${event.seq} is of another intent`;
  }
  if (intent.actor !== client.node_id || !await isSigned(intent, sig)) {
    return `event ${event.seq} is not signed by the registry`;
  }
  return canonicalJson(told(intent.body)) === canonicalJson(told(record))
    ? null
    : `event ${event.seq} says something else than what is shown`;
}

/** What a record and the signed intent must have in common. */
function told(
  { gpu_id, challenge_id, verdict, answer_sha256, proof, reason }:
    & Pick<ProofRecord, "gpu_id" | "challenge_id" | "verdict" | "answer_sha256">
    & { proof?: ProofRecord["proof"] | undefined; reason?: ProofRecord["reason"] | undefined },
) {
  const rest = { proof: proof ?? null, reason: reason ?? null };
  return { gpu_id, challenge_id, verdict, answer_sha256, ...rest };
}
