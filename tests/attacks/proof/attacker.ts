import type { Challenge } from "../../../src/proof/challenge.ts";
import { chainKey, challengeSeed, sweepKey } from "../../../src/proof/challenge.ts";
import type { Draw } from "../../../src/proof/draw.ts";
import type { ChallengeView, Judged } from "../../../src/protocol/challenge.ts";
import type { IntentBody } from "../../../src/protocol/intent.ts";
import { gpuBody } from "../../registry/harness.ts";
import type { RawClient } from "./raw_client.ts";

type Later<T> = T | Promise<T>;

/** One proof in the making: what a GPU's prover does, a plain one, or one that lies. */
export interface Proving {
  matrix(): Later<Uint8Array>;
  chain(key: Uint8Array): Later<Uint8Array>;
  sweep(key: Uint8Array): Later<Uint8Array[]>;
  open(draw: Draw): Later<Uint8Array<ArrayBuffer>>;
}

/** Begins a proof for a challenge; `seed` is the one that the challenge, the key and the GPU id give. */
export type Begin = (challenge: Challenge, seed: Uint8Array) => Later<Proving>;

/** What an owner says of a GPU, and what a lie replaces. */
export type Listing = Partial<IntentBody<"gpu.register">>;

const spread = (median: number) => ({ median, p10: median, p90: median });

/**
 * Registers a GPU that says of itself that it is software and slow, so that its proof is as small as
 * proofs get; `lie` replaces what the attacker claims instead.
 */
export async function register(
  client: RawClient,
  gpu_id: string,
  lie: Listing = {},
): Promise<void> {
  const body = gpuBody(gpu_id, 300_000, "software");
  await client.act("gpu.register", {
    ...body,
    vram_gb: 0,
    adapter: { ...body.adapter, vendor: "mesa", architecture: "", description: "llvmpipe" },
    performance: { ...body.performance, u32_gops: spread(1), memory_gbps: spread(1) },
    ...lie,
  });
}

/** A challenge as a prover takes it. */
export function challengeIn({ challenge_id, nonce, ...view }: ChallengeView): Challenge {
  const { m, k, n, lanes, steps, sweeps } = view;
  return { challenge_id, nonce: Uint8Array.fromHex(nonce), m, k, n, lanes, steps, sweeps };
}

/** Goes through the stages of one proof over the wire, with whatever prover it is given. */
export async function prove(client: RawClient, gpu_id: string, begin: Begin): Promise<Judged> {
  const view = await client.start(await client.issue(gpu_id));
  const challenge = challengeIn(view);
  const seed = challengeSeed(challenge, client.identity.id, gpu_id);
  return await finish(client, view.challenge_id, seed, await begin(challenge, seed));
}

/** The stages after the first, for a challenge that has begun. */
export async function finish(
  client: RawClient,
  challenge_id: string,
  seed: Uint8Array,
  proving: Proving,
): Promise<Judged> {
  const matrix_root = await proving.matrix();
  const chain_nonce = await client.commit(challenge_id, "matrix", matrix_root);
  const chain_root = await proving.chain(chainKey(seed, matrix_root, chain_nonce));
  const sweep_nonce = await client.commit(challenge_id, "chain", chain_root);
  const key = sweepKey(seed, matrix_root, chain_root, sweep_nonce);
  const draw = await client.sweep(challenge_id, await proving.sweep(key));
  return await client.answer(challenge_id, await proving.open(draw));
}
