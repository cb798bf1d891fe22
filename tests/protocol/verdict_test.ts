import { assert, assertEquals } from "@std/assert";
import { Verdict } from "../../src/protocol/gpu.ts";

/** A verdict as feeds hold it since before proofs had a chain and sweeps. */
const OLD = JSON.stringify({
  class: "rtx-3090",
  contradicts: [],
  figures: { elapsed_ms: 137, gops: 8026, k: 4096, m: 32_768, n: 4096 },
  reason: "8026 u32 G-operations/s lie within the 2669 to 22238 of a NVIDIA GeForce RTX 3090.",
  step: null,
  verdict: "verified",
});

Deno.test("an old verdict still parses, and comes out as it went in", () => {
  assertEquals(Verdict.parse(JSON.parse(OLD)), JSON.parse(OLD));
});

Deno.test("a verdict's later figures are integers, and its warnings are bounded", () => {
  const old = Verdict.parse(JSON.parse(OLD));
  const figures = { ...old.figures, chain_gops: 9000, chain_ms: 260, memory_mb_per_s: 700_000 };
  const one = { ...old, figures: { ...figures, sweep_ms: 255, resident_mb: 21_596 } };
  assertEquals(Verdict.parse({ ...one, warnings: ["x"] }).warnings, ["x"]);
  const wrong: object[] = [
    { figures: { ...figures, chain_gops: 0.5 } },
    { figures: { ...figures, sweep_ms: -1 } },
    { figures: { ...figures, speed: 1 } },
    { warnings: ["x".repeat(1025)] },
    { warnings: Array(17).fill("x") },
  ];
  for (const change of wrong) {
    assert(!Verdict.safeParse({ ...one, ...change }).success, JSON.stringify(change).slice(0, 80));
  }
});
