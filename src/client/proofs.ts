import type * as z from "zod";
import { HorizonError } from "../base/errors.ts";
import { sha256Hex } from "../base/hash.ts";
import {
  ChallengeIssued,
  ChallengeView,
  DrawView,
  Judged,
  NonceView,
} from "../protocol/challenge.ts";
import { LIMITS } from "../protocol/limits.ts";
import { ProofPage, ProofRecord } from "../protocol/proof_record.ts";
import { validate } from "../protocol/validate.ts";
import { readBody, readJson } from "./body.ts";
import { type CallOptions, REQUEST_TIMEOUT_MS } from "./caller.ts";
import type { Asking } from "./network.ts";

/** Stages of another's proof that an answer may be held for. */
const STAGES = 3;
/** How long a registry may hold a step: until others are ready, or have committed to all stages. */
const STEP_TIMEOUT_MS = REQUEST_TIMEOUT_MS + STAGES * LIMITS.proof_stage_max_ms;
const ANSWER = "The registry's answer";

/**
 * Proofs of GPUs: the stages of a challenge, in their order, and what is on record. Errors are the
 * registry's own, or those of `Client`.
 */
export class ProofClient {
  readonly #asking: Asking;

  constructor(asking: Asking) {
    this.#asking = asking;
  }

  /** Asks for a challenge of an own GPU. */
  request(gpu_id: string): Promise<ChallengeIssued> {
    return this.#post("", ChallengeIssued, { json: { gpu_id } });
  }

  /** Gives the echo back. The answer may be held until others are ready. */
  start({ challenge_id, echo }: ChallengeIssued): Promise<ChallengeView> {
    return this.#post(`/${challenge_id}/start`, ChallengeView, { json: { echo } });
  }

  /** Commits to the product. */
  commitMatrix(challenge_id: string, root: string): Promise<NonceView> {
    return this.#post(`/${challenge_id}/matrix`, NonceView, { json: { root } });
  }

  /** Commits to the chain. */
  commitChain(challenge_id: string, root: string): Promise<NonceView> {
    return this.#post(`/${challenge_id}/chain`, NonceView, { json: { root } });
  }

  /** Commits to the sweeps. The answer may be held until others have committed. */
  commitSweeps(challenge_id: string, roots: readonly string[]): Promise<DrawView> {
    return this.#post(`/${challenge_id}/sweep`, DrawView, { json: { roots } });
  }

  /** Opens what was drawn. */
  answer(challenge_id: string, answer: Uint8Array<ArrayBuffer>): Promise<Judged> {
    return this.#post(`/${challenge_id}/answer`, Judged, { bytes: answer });
  }

  /** The latest verdict on a GPU, with what was said in the proof. Throws `proof_not_found`. */
  latest(gpu_id: string): Promise<ProofRecord> {
    return this.#read(`/gpus/${encodeURIComponent(gpu_id)}/proof`, ProofRecord, {});
  }

  /** All verdicts on a GPU, the newest first. */
  history(gpu_id: string, query: { limit?: number; cursor?: string } = {}): Promise<ProofPage> {
    return this.#read(`/gpus/${encodeURIComponent(gpu_id)}/proofs`, ProofPage, { query });
  }

  /** The answer of the latest proof, checked by its hash. Throws `proof_not_found`, `blob_mismatch`. */
  async keptAnswer(gpu_id: string, sha256: string): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#asking.open(
      `/gpus/${encodeURIComponent(gpu_id)}/proof/answer`,
      { query: { sha256 }, accept: "application/octet-stream" },
      (response) => readBody(response, LIMITS.proof_answer_bytes),
    );
    if (sha256Hex(bytes) === sha256) return bytes;
    throw new HorizonError("blob_mismatch", `The registry sent other bytes than answer ${sha256}.`);
  }

  async #post<T extends z.ZodType>(
    path: string,
    schema: T,
    options: CallOptions,
  ): Promise<z.infer<T>> {
    const request = { ...options, method: "POST", timeout_ms: STEP_TIMEOUT_MS } as const;
    const value = await this.#asking.signed(`/challenges${path}`, request, readAnswer);
    return validate(schema, value, ANSWER, "bad_gateway");
  }

  async #read<T extends z.ZodType>(
    path: string,
    schema: T,
    options: CallOptions,
  ): Promise<z.infer<T>> {
    return validate(
      schema,
      await this.#asking.open(path, options, readAnswer),
      ANSWER,
      "bad_gateway",
    );
  }
}

function readAnswer(response: Response): Promise<unknown> {
  return readJson(response, LIMITS.request_bytes);
}
