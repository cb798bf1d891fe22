import { assert, assertEquals } from "@std/assert";
import { expectedMs, type ExpectedSpeeds, fillsMemory, planProof } from "../../src/proof/plan.ts";
import {
  chainOperationsOf,
  checkSize,
  operationsOf,
  residentBytesOf,
  sweptBytesOf,
} from "../../src/proof/size.ts";
import { freshSeed, randomInteger, seededRandom } from "./seeded.ts";

/** Milliseconds of the three stages at the expected speeds. */
function stagesOf(expected: ExpectedSpeeds, round_trip_ms: number) {
  const size = planProof(expected, round_trip_ms);
  return {
    size,
    matrix: expectedMs(operationsOf(size), expected.gops),
    chain: expectedMs(chainOperationsOf(size), expected.chain_gops),
    sweep: expectedMs(sweptBytesOf(size), expected.memory_mb_per_s / 1000),
  };
}

/** Half of the rated speed, about what a good kernel reaches, of cards from small to large. */
const CARDS: Record<string, ExpectedSpeeds> = {
  "a slow card of 1 GB": { gops: 200, chain_gops: 150, memory_mb_per_s: 20_000, vram_gb: 1 },
  "RTX 3060": { gops: 3200, chain_gops: 2600, memory_mb_per_s: 250_000, vram_gb: 12 },
  "RTX 3090": { gops: 8900, chain_gops: 7400, memory_mb_per_s: 700_000, vram_gb: 24 },
  "RTX 4090": { gops: 20_600, chain_gops: 17_000, memory_mb_per_s: 800_000, vram_gb: 24 },
  "A100 80 GB": { gops: 9700, chain_gops: 8000, memory_mb_per_s: 1_500_000, vram_gb: 80 },
  "H100 80 GB": { gops: 16_700, chain_gops: 14_000, memory_mb_per_s: 2_500_000, vram_gb: 80 },
  "L4": { gops: 7500, chain_gops: 6200, memory_mb_per_s: 210_000, vram_gb: 24 },
  "RX 7900 XTX": { gops: 3070, chain_gops: 4800, memory_mb_per_s: 700_000, vram_gb: 24 },
};

Deno.test("a card's timed part lasts 20 × (round trip + 50 ms) at least, and a few seconds at most", () => {
  for (const [name, speeds] of Object.entries(CARDS)) {
    for (const round_trip_ms of [0, 20, 150]) {
      const { size, matrix, chain, sweep } = stagesOf(speeds, round_trip_ms);
      const total_ms = matrix + chain + sweep;
      const told = `${name}: ${JSON.stringify({ size, matrix, chain, sweep })}`;
      assert(total_ms >= 20 * (round_trip_ms + 50), told);
      assert(total_ms <= 10_000, told);
      assert(fillsMemory(size, speeds.vram_gb), told);
      const again_mb_per_s = 1000 * speeds.gops / (size.k / 2);
      assert(speeds.memory_mb_per_s >= 16 * again_mb_per_s, told);
      assert(residentBytesOf(size) <= 0.9e9 * speeds.vram_gb, told);
      checkSize(size);
    }
  }
});

Deno.test("a card with little arithmetic for much memory sweeps what it can make in time", () => {
  const speeds = { gops: 1300, chain_gops: 2000, memory_mb_per_s: 300_000, vram_gb: 96 };
  const { size, matrix } = stagesOf(speeds, 20);
  assert(matrix <= 6000 && matrix > 5900, `${matrix}`);
  assertEquals(fillsMemory(size, 96), false);
});

Deno.test("without a claimed memory the product alone says how much is swept, up to 1 GiB", () => {
  const slow = { gops: 25, chain_gops: 5, memory_mb_per_s: 4000, vram_gb: 0 };
  const { size, matrix, chain, sweep } = stagesOf(slow, 1);
  assert(residentBytesOf(size) < 100e6);
  assert(matrix + chain + sweep >= 1000 && matrix + chain + sweep < 2500);
  const fast = planProof({ ...slow, gops: 50_000 }, 1);
  assertEquals(residentBytesOf(fast), 2 ** 30);
  assertEquals(fillsMemory(fast, 0), false);
});

Deno.test("without a claimed memory, the chain of a fast card makes up what its sweeps lack", () => {
  const h100 = { gops: 18_288, chain_gops: 18_218, memory_mb_per_s: 1_787_765, vram_gb: 0 };
  for (const round_trip_ms of [0, 20]) {
    const { size, matrix, chain, sweep } = stagesOf(h100, round_trip_ms);
    const total_ms = matrix + chain + sweep;
    const wanted_ms = 20 * (round_trip_ms + 50);
    assert(total_ms >= wanted_ms && total_ms < 1.5 * wanted_ms, `${total_ms} ms`);
    checkSize(size);
  }
});

Deno.test("whatever is claimed, the size is within the bounds of a challenge", () => {
  const seed = freshSeed("plans");
  const random = seededRandom(seed);
  const anything = () => randomInteger(random, 0, 9) * 10 ** randomInteger(random, 0, 9);
  for (let i = 0; i < 2000; i++) {
    const speeds = {
      gops: anything(),
      chain_gops: anything(),
      memory_mb_per_s: anything(),
      vram_gb: randomInteger(random, 0, 4096),
    };
    const size = planProof(speeds, randomInteger(random, 0, 100_000));
    try {
      checkSize(size);
    } catch (error) {
      throw new Error(`seed ${seed}: ${JSON.stringify({ speeds, size })}`, { cause: error });
    }
  }
});
