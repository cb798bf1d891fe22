import type { Identity } from "../../src/base/identity.ts";
import { chainKey, type Challenge, challengeSeed, sweepKey } from "../../src/proof/challenge.ts";
import type { ProofSize } from "../../src/proof/size.ts";
import {
  ChallengeIssued,
  ChallengeView,
  DrawView,
  Judged,
  NonceView,
} from "../../src/protocol/challenge.ts";
import { ReferenceProver } from "../proof/reference.ts";
import { accepted, gpuBody, newActor, openTest, sessionOf, type TestRegistry } from "./harness.ts";
import type { TestOptions } from "./harness.ts";

export const GPU = "gpu-1";
/** The smallest proof that there is: it takes a moment in plain JavaScript. */
export const TINY: ProofSize = { m: 256, k: 64, n: 512, lanes: 4096, steps: 4, sweeps: 3 };
/** What the stages of a tiny proof take by the clock of a test. */
export const ROUND_TRIP_MS = 7;
export const STAGE_MS = { matrix: 40, chain: 30, sweep: 5 };

type Headers = { authorization: string };

/** A registry, an owner with a software GPU that is to be proven, and his session. */
export interface ProvingTest extends AsyncDisposable {
  registry: TestRegistry;
  owner: Identity;
  headers: Headers;
}

/** Opens a registry that asks for tiny proofs, and registers the GPU. */
export async function openProvingTest(options: TestOptions = {}): Promise<ProvingTest> {
  const { settings = {}, proving = {} } = options;
  const registry = await openTest({
    ...options,
    settings: { allow_software: true, ...settings },
    proving: { plan: () => TINY, ...proving },
  });
  const owner = newActor();
  await accepted(registry, owner, "gpu.register", gpuBody(GPU, 300_000, "llvmpipe"));
  const headers = await sessionOf(registry, owner);
  return { registry, owner, headers, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
}

/** Posts a body, or a JSON value, to a path under the challenges. */
export function post(
  { registry, headers }: Pick<ProvingTest, "registry" | "headers">,
  path: string,
  body: unknown,
): Promise<Response> {
  const sent = body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body);
  return registry.fetch(`/v1/challenges${path}`, { method: "POST", headers, body: sent });
}

/** The value of an answer that must be a success. */
async function valueOf(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`refused: ${await response.text()}`);
  return await response.json();
}

/** Asks for a challenge. */
export async function request(test: ProvingTest, gpu_id = GPU): Promise<ChallengeIssued> {
  return ChallengeIssued.parse(await valueOf(await post(test, "", { gpu_id })));
}

/** Gives the echo back. */
export async function start(
  test: ProvingTest,
  { challenge_id, echo }: ChallengeIssued,
): Promise<ChallengeView> {
  test.registry.clock.pass(ROUND_TRIP_MS);
  return ChallengeView.parse(await valueOf(await post(test, `/${challenge_id}/start`, { echo })));
}

/** A proof under way: its prover, and what was said so far. */
export interface UnderWay {
  id: string;
  prover: ReferenceProver;
  seed: Uint8Array;
  matrix_root: Uint8Array;
  chain_root: Uint8Array;
}

/** The prover of a challenge, which a forger makes otherwise. */
export type MakeProver = (seed: Uint8Array, size: ProofSize) => ReferenceProver;

/** Starts a challenge and commits to the product. */
export async function begin(
  test: ProvingTest,
  make: MakeProver = ReferenceProver.honest,
  gpu_id = GPU,
): Promise<UnderWay & { chain_nonce: Uint8Array }> {
  const view = await start(test, await request(test, gpu_id));
  const { challenge_id: id, nonce, m, k, n, lanes, steps, sweeps } = view;
  const size = { m, k, n, lanes, steps, sweeps };
  const challenge: Challenge = { challenge_id: id, nonce: Uint8Array.fromHex(nonce), ...size };
  const seed = challengeSeed(challenge, test.owner.id, gpu_id);
  const prover = make(seed, size);
  const matrix_root = prover.matrix();
  test.registry.clock.pass(STAGE_MS.matrix);
  const response = await post(test, `/${id}/matrix`, { root: matrix_root.toHex() });
  const chain_nonce = Uint8Array.fromHex(NonceView.parse(await valueOf(response)).nonce);
  return { id, prover, seed, matrix_root, chain_root: new Uint8Array(), chain_nonce };
}

/** Goes on with the chain and the sweeps, and gives what the registry draws. */
export async function commitAll(
  test: ProvingTest,
  proof: UnderWay & { chain_nonce: Uint8Array },
): Promise<DrawView> {
  const { id, prover, seed, matrix_root, chain_nonce } = proof;
  const chain_root = prover.chain(chainKey(seed, matrix_root, chain_nonce));
  test.registry.clock.pass(STAGE_MS.chain);
  const answered = await post(test, `/${id}/chain`, { root: chain_root.toHex() });
  const { nonce } = NonceView.parse(await valueOf(answered));
  const key = sweepKey(seed, matrix_root, chain_root, Uint8Array.fromHex(nonce));
  const roots = prover.sweep(key).map((root) => root.toHex());
  test.registry.clock.pass(STAGE_MS.sweep);
  return DrawView.parse(await valueOf(await post(test, `/${id}/sweep`, { roots })));
}

/**
 * Proofs of several GPUs at one time. A stage takes each `slowness` times as long as alone, by the one
 * clock of the test.
 */
export async function proveTogether(
  test: ProvingTest,
  gpu_ids: readonly string[],
  slowness: number,
): Promise<Judged[]> {
  const { registry: { clock }, owner } = test;
  const issued: ChallengeIssued[] = [];
  for (const gpu_id of gpu_ids) issued.push(await request(test, gpu_id));
  clock.pass(ROUND_TRIP_MS);
  const views = await Promise.all(issued.map(async ({ challenge_id, echo }) => {
    const response = await post(test, `/${challenge_id}/start`, { echo });
    return ChallengeView.parse(await valueOf(response));
  }));
  const proofs = views.map((view) => {
    const { challenge_id, nonce, gpu_id, expires_at: _end, ...size } = view;
    const challenge: Challenge = { challenge_id, nonce: Uint8Array.fromHex(nonce), ...size };
    const seed = challengeSeed(challenge, owner.id, gpu_id);
    const prover = ReferenceProver.honest(seed, size);
    return { id: challenge_id, seed, prover, matrix_root: prover.matrix() };
  });
  const commit = async (stage: "matrix" | "chain", roots: readonly Uint8Array[]) => {
    clock.pass(slowness * STAGE_MS[stage]);
    return await Promise.all(proofs.map(async ({ id }, i) => {
      const response = await post(test, `/${id}/${stage}`, { root: roots[i]!.toHex() });
      return Uint8Array.fromHex(NonceView.parse(await valueOf(response)).nonce);
    }));
  };
  const chain_nonces = await commit("matrix", proofs.map(({ matrix_root }) => matrix_root));
  const chain_roots = proofs.map(({ seed, prover, matrix_root }, i) =>
    prover.chain(chainKey(seed, matrix_root, chain_nonces[i]!))
  );
  const sweep_nonces = await commit("chain", chain_roots);
  const roots = proofs.map(({ seed, prover, matrix_root }, i) =>
    prover.sweep(sweepKey(seed, matrix_root, chain_roots[i]!, sweep_nonces[i]!))
      .map((root) => root.toHex())
  );
  clock.pass(slowness * STAGE_MS.sweep);
  const draws = await Promise.all(proofs.map(async ({ id }, i) => {
    const response = await post(test, `/${id}/sweep`, { roots: roots[i] });
    return DrawView.parse(await valueOf(response));
  }));
  return await Promise.all(proofs.map(async ({ id, prover }, i) => {
    const response = await post(test, `/${id}/answer`, prover.open(draws[i]!));
    return Judged.parse(await valueOf(response));
  }));
}

/** A whole proof, up to the response to its answer; a forger changes draw or answer. */
export async function prove(
  test: ProvingTest,
  make: MakeProver = ReferenceProver.honest,
  forge: (honest: ReferenceProver, draw: DrawView) => Uint8Array<ArrayBuffer> = (honest, draw) =>
    honest.open(draw),
  gpu_id = GPU,
): Promise<Response> {
  const proof = await begin(test, make, gpu_id);
  const draw = await commitAll(test, proof);
  return await post(test, `/${proof.id}/answer`, forge(proof.prover, draw));
}
