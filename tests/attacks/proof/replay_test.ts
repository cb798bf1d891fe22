import { adapterTest } from "../../adapter_test_case.ts";
import { assertEquals } from "@std/assert";
import { challengeSeed } from "../../../src/proof/challenge.ts";
import type { ProofSize } from "../../../src/proof/size.ts";
import { ReferenceProver } from "../../proof/reference.ts";
import { type Begin, prove, register } from "./attacker.ts";
import { openingLate, openingOthers, precomputing } from "./cheaters.ts";
import { endingOf } from "./endings.ts";
import { RawClient } from "./raw_client.ts";
import { serveRegistry } from "./served_registry.ts";
import { productOf } from "./software_adapter.ts";

const GPU = "gpu-1";

/** An owner whose GPU passed once, honestly, with all that was said and computed then. */
async function passedOnce() {
  const registry = await serveRegistry();
  const client = new RawClient(registry);
  await register(client, GPU);
  const old = { roots: [] as Uint8Array[][], answer: new Uint8Array(), product: new Uint32Array() };
  await prove(client, GPU, async (size, seed) => {
    const product = await productOf(seed, size);
    const prover = new ReferenceProver(size, product);
    const said = (...roots: Uint8Array[]) => (old.roots.push(roots), roots);
    old.product = product;
    return {
      matrix: () => said(prover.matrix())[0]!,
      chain: (key) => said(prover.chain(key))[0]!,
      sweep: (key) => said(...prover.sweep(key)),
      open: (draw) => old.answer = prover.open(draw),
    };
  });
  assertEquals(await endingOf(client, GPU), "listed: software software");
  return { client, old, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
}

/** Old roots, as many as a challenge asks for: how many depends on the round trip. */
function sweepsOf({ sweeps }: ProofSize, old: readonly Uint8Array[]): Uint8Array[] {
  return Array.from({ length: sweeps }, (_, i) => old[i % old.length]!);
}

/** Tries it on the next challenge of the GPU, and tells how it ended. */
async function attack(client: RawClient, begin: Begin): Promise<string> {
  await prove(client, GPU, begin);
  return await endingOf(client, GPU);
}

// What it costs the attacker: one honest proof, by a card that he had for a minute. What stops him: each
// stage has a fresh nonce of 32 bytes, which the seed and both keys hash.
adapterTest("a whole old transcript is refused: its openings are of other rows", async () => {
  await using setup = await passedOnce();
  const { client, old } = setup;
  const [matrix, chain, sweep] = old.roots;
  const ended = await attack(client, (size) => ({
    matrix: () => matrix![0]!,
    chain: () => chain![0]!,
    sweep: () => sweepsOf(size, sweep!),
    open: () => old.answer,
  }));
  assertEquals(ended, "refused: failed openings");
});

adapterTest(
  "old commitments that are opened where asked are refused: the keys are others",
  async () => {
    await using setup = await passedOnce();
    const { client, old } = setup;
    const [matrix, chain, sweep] = old.roots;
    const ended = await attack(client, (size) => {
      const prover = new ReferenceProver(size, old.product);
      prover.chain(new Uint8Array(32));
      prover.sweep(new Uint8Array(32));
      return {
        matrix: () => matrix![0]!,
        chain: () => chain![0]!,
        sweep: () => sweepsOf(size, sweep!),
        open: (draw) => prover.open(draw),
      };
    });
    assertEquals(ended, "refused: failed sweep");
  },
);

adapterTest("an old product under a fresh chain and fresh sweeps is refused", async () => {
  await using setup = await passedOnce();
  const { client, old } = setup;
  const ended = await attack(client, (size) => new ReferenceProver(size, old.product));
  assertEquals(ended, "refused: failed product");
});

// What it costs the attacker: all the time that he likes, before he is asked. What stops him: the nonce
// is drawn when the challenge starts; to guess it takes 2²⁵⁶ tries.
adapterTest(
  "a product made before the challenge, for a nonce that was guessed, is refused",
  async () => {
    await using registry = await serveRegistry();
    const client = new RawClient(registry);
    await register(client, GPU);
    await prove(client, GPU, (challenge) => precomputing(challenge, client.identity.id, GPU));
    assertEquals(await endingOf(client, GPU), "refused: failed product");
  },
);

adapterTest(
  "what one key computed is no answer of another key's to the same challenge",
  async () => {
    await using registry = await serveRegistry();
    const client = new RawClient(registry);
    await register(client, GPU);
    const friend = new RawClient(registry);
    const ended = await attack(client, async (challenge) => {
      const seed = challengeSeed(challenge, friend.identity.id, GPU);
      return new ReferenceProver(challenge, await productOf(seed, challenge));
    });
    assertEquals(ended, "refused: failed product");
  },
);

// What it costs the attacker: next to nothing. What stops him: the draw comes after the commitments,
// by the registry's CSPRNG, and an answer opens exactly what was drawn under the committed roots.
adapterTest("an answer that opens other rows than asked is refused", async () => {
  await using registry = await serveRegistry();
  const client = new RawClient(registry);
  await register(client, GPU);
  assertEquals(await attack(client, openingOthers), "refused: failed openings");
});

adapterTest("rows that are made when they are asked for are refused", async () => {
  await using registry = await serveRegistry();
  const client = new RawClient(registry);
  await register(client, GPU);
  assertEquals(await attack(client, openingLate), "refused: failed commitment");
});
