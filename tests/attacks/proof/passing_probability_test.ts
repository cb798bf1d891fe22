import { assert } from "@std/assert";
import { chainKey, sweepKey } from "../../../src/proof/challenge.ts";
import { drawOpenings } from "../../../src/proof/draw.ts";
import { verifyAnswer } from "../../../src/proof/pipeline.ts";
import type { Transcript } from "../../../src/proof/transcript.ts";
import { referenceProduct, type ReferenceProver } from "../../proof/reference.ts";
import { freshSeed, seedBytes, seededRandom } from "../../proof/seeded.ts";
import { countOf, PARTS, passingProbability, Shirker } from "./shirker.ts";

/** Small, so that hundreds of draws are checked by the whole verifier. */
const SIZE = { m: 1024, k: 64, n: 512, lanes: 2 ** 14, steps: 20, sweeps: 1 };
const CHALLENGE = { challenge_id: "01J", nonce: seedBytes(1), ...SIZE };
const SEED = seedBytes(2);
const NONCES = { chain_nonce: seedBytes(3), sweep_nonce: seedBytes(4) };
const DRAWS = 100;
/** A wrong alarm in more than a million runs. */
const DEVIATIONS = 5;

function committed(prover: ReferenceProver): Omit<Transcript, "draw"> {
  const matrix_root = prover.matrix();
  const chain_root = prover.chain(chainKey(SEED, matrix_root, NONCES.chain_nonce));
  const sweep_roots = prover.sweep(sweepKey(SEED, matrix_root, chain_root, NONCES.sweep_nonce));
  return { challenge: CHALLENGE, matrix_root, ...NONCES, chain_root, sweep_roots };
}

// What it costs the attacker: nothing; it saves the share that it leaves out. What stops it: 64 openings
// of each part, drawn after the commitment, which miss a share f with probability (1 − f)⁶⁴: 0.53 for
// one per cent, 0.04 for five, 1.2 × 10⁻³ for ten, 5 × 10⁻²⁰ for half. What a share of one per cent gains
// is less than the figures' own noise, and every later proof of the GPU is another draw.
for (const part of PARTS) {
  for (const share of [0.99, 0.9]) {
    const count = countOf(part, SIZE);
    const expected = passingProbability(count, Math.round((1 - share) * count));
    const name = `${share * 100} % of the ${part} pass ${
      (100 * expected).toPrecision(2)
    } % of draws`;
    Deno.test(name, () => {
      const random = seededRandom(freshSeed(name));
      const product = referenceProduct(SEED, SIZE);
      const shirker = Shirker.doing(share, part, SIZE, product, random);
      const said = committed(shirker);
      let passed = 0;
      for (let i = 0; i < DRAWS; i++) {
        const draw = drawOpenings(SIZE, random);
        const transcript = { ...said, draw };
        const answer = shirker.open(draw);
        if (verifyAnswer({ seed: SEED, transcript, answer }, random).ok) passed++;
      }
      const mean = DRAWS * expected;
      const deviation = Math.sqrt(mean * (1 - expected));
      // Rare passes have a longer tail than a normal distribution: some more are allowed for.
      const bound = DEVIATIONS * deviation + 5;
      assert(Math.abs(passed - mean) <= bound, `${passed} of ${DRAWS} passed, not about ${mean}`);
    });
  }
}
