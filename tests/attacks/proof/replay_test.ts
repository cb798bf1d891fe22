import { assertEquals } from "@std/assert";
import { type Challenge, challengeSeed } from "../../../src/proof/challenge.ts";
import type { Draw } from "../../../src/proof/draw.ts";
import { ReferenceProver } from "../../proof/reference.ts";
import { type Begin, challengeIn, finish, prove, type Proving, register } from "./attacker.ts";
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

/** Tries it on the next challenge of the GPU, and tells how it ended. */
async function attack(client: RawClient, begin: Begin): Promise<string> {
  await prove(client, GPU, begin);
  return await endingOf(client, GPU);
}

// What it costs the attacker: one honest proof, by a card that he had for a minute. What stops him: each
// stage has a fresh nonce of 32 bytes, which the seed and both keys hash.
Deno.test("a whole old transcript is refused: its openings are of other rows", async () => {
  await using setup = await passedOnce();
  const { client, old } = setup;
  const [matrix, chain, sweep] = old.roots;
  const ended = await attack(client, () => ({
    matrix: () => matrix![0]!,
    chain: () => chain![0]!,
    sweep: () => sweep!,
    open: () => old.answer,
  }));
  assertEquals(ended, "refused: failed openings");
});

Deno.test("old commitments that are opened where asked are refused: the keys are others", async () => {
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
      sweep: () => sweep!,
      open: (draw) => prover.open(draw),
    };
  });
  assertEquals(ended, "refused: failed sweep");
});

Deno.test("an old product under a fresh chain and fresh sweeps is refused", async () => {
  await using setup = await passedOnce();
  const { client, old } = setup;
  const ended = await attack(client, (size) => new ReferenceProver(size, old.product));
  assertEquals(ended, "refused: failed product");
});

// What it costs the attacker: all the time that he likes, before he is asked. What stops him: the nonce
// is drawn when the challenge starts; to guess it takes 2²⁵⁶ tries.
Deno.test("a product made before the challenge, for a nonce that was guessed, is refused", async () => {
  await using registry = await serveRegistry();
  const client = new RawClient(registry);
  await register(client, GPU);
  const issued = await client.issue(GPU);
  const challenge = challengeIn(await client.start(issued));
  const guessed: Challenge = { ...challenge, nonce: new Uint8Array(32).fill(7) };
  const ahead = await productOf(challengeSeed(guessed, client.identity.id, GPU), challenge);
  const seed = challengeSeed(challenge, client.identity.id, GPU);
  await finish(client, challenge.challenge_id, seed, new ReferenceProver(challenge, ahead));
  assertEquals(await endingOf(client, GPU), "refused: failed product");
});

Deno.test("what one key computed is no answer of another key's to the same challenge", async () => {
  await using registry = await serveRegistry();
  const client = new RawClient(registry);
  await register(client, GPU);
  const friend = new RawClient(registry);
  const ended = await attack(client, async (challenge) => {
    const seed = challengeSeed(challenge, friend.identity.id, GPU);
    return new ReferenceProver(challenge, await productOf(seed, challenge));
  });
  assertEquals(ended, "refused: failed product");
});

/** Commits to nothing, and opens by what it makes once it knows what is asked. */
async function openingLate(size: Challenge, seed: Uint8Array): Promise<Proving> {
  const right = await productOf(seed, size);
  const nothing = new ReferenceProver(size, new Uint32Array(size.m * size.n));
  const late = new ReferenceProver(size, right);
  return {
    matrix: () => nothing.matrix(),
    chain: (key) => (late.chain(key), nothing.chain(key)),
    sweep: (key) => (late.sweep(key), nothing.sweep(key)),
    open: (draw) => late.open(draw),
  };
}

/** Opens the row after each that is asked for, and all else as asked. */
async function openingOthers(size: Challenge, seed: Uint8Array): Promise<Proving> {
  const prover = new ReferenceProver(size, await productOf(seed, size));
  return {
    matrix: () => prover.matrix(),
    chain: (key) => prover.chain(key),
    sweep: (key) => prover.sweep(key),
    open: (draw: Draw) => prover.open({ ...draw, rows: draw.rows.map((i) => (i + 1) % size.m) }),
  };
}

// What it costs the attacker: next to nothing. What stops him: the draw comes after the commitments,
// by the registry's CSPRNG, and an answer opens exactly what was drawn under the committed roots.
Deno.test("an answer that opens other rows than asked is refused", async () => {
  await using registry = await serveRegistry();
  const client = new RawClient(registry);
  await register(client, GPU);
  assertEquals(await attack(client, openingOthers), "refused: failed openings");
});

Deno.test("rows that are made when they are asked for are refused", async () => {
  await using registry = await serveRegistry();
  const client = new RawClient(registry);
  await register(client, GPU);
  assertEquals(await attack(client, openingLate), "refused: failed commitment");
});
