import * as z from "zod";
import type { Identity } from "../../../src/base/identity.ts";
import { identityOf, newSecret } from "../../../src/base/identity.ts";
import { signIntent, signSession } from "../../../src/client/intents.ts";
import { IntentResult, PollAnswer, Receipt, Session } from "../../../src/protocol/api.ts";
import {
  ChallengeIssued,
  ChallengeView,
  DrawView,
  Judged,
  NonceView,
} from "../../../src/protocol/challenge.ts";
import { GpuView } from "../../../src/protocol/gpu.ts";
import type { IntentBody, IntentType } from "../../../src/protocol/intent.ts";
import { Problem } from "../../../src/protocol/problem.ts";
import type { ServedRegistry } from "./served_registry.ts";

/** What a registry refused, as a program sees it. */
export class Refused extends Error {
  constructor(readonly status: number, readonly problem: Problem) {
    super(`${problem.code}: ${problem.detail}`);
  }

  get code(): string {
    return this.problem.code;
  }
}

const json = (value: unknown) => JSON.stringify(value);

/**
 * Speaks the protocol over a socket, with nothing between the attacker and the wire: no retry, no
 * check of a receipt, no order of the stages but the attacker's own.
 */
export class RawClient {
  #session: string | undefined;

  /** `clock_error_ms` is how far this machine's clock is ahead of the registry's. */
  constructor(
    readonly registry: ServedRegistry,
    readonly identity: Identity = identityOf(newSecret()),
    readonly clock_error_ms: number = 0,
  ) {}

  #signing() {
    return {
      identity: this.identity,
      node_id: this.registry.node.id,
      now_ms: this.registry.clock.now() + this.clock_error_ms,
    };
  }

  /** Posts one signed intent that must be accepted; the market's refusal is thrown as an error. */
  async act<T extends IntentType>(type: T, body: IntentBody<T>): Promise<Record<string, unknown>> {
    const { envelope } = await signIntent(type, body, this.#signing());
    const answered = await this.#send("POST", "/intents", json({ envelopes: [envelope] }));
    const [result] = Receipt.parse(await answered.json()).results;
    const { ok, ...rest } = IntentResult.parse(result);
    if (!ok) throw new Error(`${type} was refused: ${JSON.stringify(rest)}`);
    return "data" in rest ? rest.data : {};
  }

  async issue(gpu_id: string): Promise<ChallengeIssued> {
    return await this.#post("/challenges", json({ gpu_id }), ChallengeIssued);
  }

  async start({ challenge_id, echo }: ChallengeIssued): Promise<ChallengeView> {
    return await this.#post(`/challenges/${challenge_id}/start`, json({ echo }), ChallengeView);
  }

  /** Commits to the product or to the chain; the nonce of the next stage, as bytes. */
  async commit(
    challenge_id: string,
    stage: "matrix" | "chain",
    root: Uint8Array,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const body = json({ root: new Uint8Array(root).toHex() });
    const { nonce } = await this.#post(`/challenges/${challenge_id}/${stage}`, body, NonceView);
    return Uint8Array.fromHex(nonce);
  }

  async sweep(challenge_id: string, roots: readonly Uint8Array[]): Promise<DrawView> {
    const body = json({ roots: roots.map((root) => new Uint8Array(root).toHex()) });
    return await this.#post(`/challenges/${challenge_id}/sweep`, body, DrawView);
  }

  async answer(challenge_id: string, answer: BodyInit): Promise<Judged> {
    return await this.#post(`/challenges/${challenge_id}/answer`, answer, Judged);
  }

  /** A daemon's heartbeat, which waits up to `wait_ms` for something to do. */
  async poll(gpus: string[], wait_ms = 0): Promise<PollAnswer> {
    return await this.#post("/provider/poll", json({ gpus, jobs: [], wait_ms }), PollAnswer);
  }

  /** Reads what anyone may read. */
  async read<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return schema.parse(await read(await fetch(`${this.registry.url}/v1${path}`)));
  }

  async gpu(gpu_id: string): Promise<GpuView> {
    return await this.read(`/gpus/${gpu_id}`, GpuView);
  }

  /** The header that a request of this actor's session carries. */
  async authorization(): Promise<string> {
    return `Bearer ${this.#session ??= await this.#openSession()}`;
  }

  async #openSession(): Promise<string> {
    const body = json(await signSession(this.#signing()));
    const response = await fetch(`${this.registry.url}/v1/sessions`, { method: "POST", body });
    return Session.parse(await read(response)).token;
  }

  async #post<T>(path: string, body: BodyInit, schema: z.ZodType<T>): Promise<T> {
    const response = await this.#send("POST", path, body, await this.authorization());
    return schema.parse(await response.json());
  }

  async #send(
    method: string,
    path: string,
    body: BodyInit,
    authorization?: string,
  ): Promise<Response> {
    const headers = authorization === undefined ? {} : { authorization };
    const response = await fetch(`${this.registry.url}/v1${path}`, { method, body, headers });
    if (!response.ok) throw new Refused(response.status, Problem.parse(await response.json()));
    return response;
  }
}

async function read(response: Response): Promise<unknown> {
  if (!response.ok) throw new Refused(response.status, Problem.parse(await response.json()));
  return await response.json();
}
