import { assertEquals, assertMatch } from "@std/assert";
import { claimToFill, ratedSpeeds } from "../../src/proof/chips.ts";
import { judge } from "../../src/proof/judge.ts";
import { planProof } from "../../src/proof/plan.ts";
import type { ProofSize } from "../../src/proof/size.ts";
import { chip, proofOf } from "./case.ts";

const rtx3060 = chip("RTX 3060");

Deno.test("rows made again for every sweep are told from rows that were kept", () => {
  const honest = proofOf(rtx3060, rtx3060);
  // Half of the memory is kept, the other half made again in each sweep.
  const sweep_ms = honest.sweep_ms! / 2 + honest.size.sweeps! * honest.elapsed_ms / 2;
  const verdict = judge({ ...honest, sweep_ms });
  assertEquals(verdict.verdict, "implausible");
  assertMatch(verdict.contradicts.join("; "), /regenerated: \d+ MB\/s swept, not \d+ \(8 × /);
  for (const share of [0.02, 0.05, 0.15, 0.5, 1]) {
    const mixed = (1 - share) * honest.sweep_ms! + share * honest.size.sweeps! * honest.elapsed_ms;
    assertEquals(judge({ ...honest, sweep_ms: mixed }).verdict === "verified", share < 0.1);
  }
});

Deno.test("a claim of more memory than stayed resident is refused", () => {
  const verdict = judge(proofOf(rtx3060, rtx3060, {}, { claimed_vram_gb: 24 }));
  assertEquals(verdict.verdict, "implausible");
  assertEquals(verdict.contradicts, [
    "resident_mb: 10796, of 24 GB claimed",
    "vram_gb: 24, and NVIDIA GeForce RTX 3060 has 12",
  ]);
});

Deno.test("a card with more memory than its maker sells is listed once it has shown it", () => {
  const size = planProof({ ...ratedSpeeds(rtx3060), vram_gb: 24 }, 0);
  const factor = size.m / proofOf(rtx3060, rtx3060).size.m;
  const base = proofOf(rtx3060, rtx3060);
  const verdict = judge({
    ...base,
    size: { ...base.size, m: size.m },
    elapsed_ms: base.elapsed_ms * factor,
    sweep_ms: base.sweep_ms! * factor,
    claimed_vram_gb: 24,
  });
  assertEquals(verdict.verdict, "verified");
  assertEquals(verdict.warnings, ["vram_gb: 24, and NVIDIA GeForce RTX 3060 has 12"]);
});

Deno.test("a chip that shares the machine's memory may show less than its owner claims", () => {
  const ultra = chip("Apple M3 Ultra");
  const size = planProof({ ...ratedSpeeds(ultra), vram_gb: claimToFill(ultra, 512) }, 0);
  const verdict = judge(proofOf(ultra, ultra, {}, { claimed_vram_gb: 512 }, size));
  assertEquals(verdict.verdict, "verified");
  assertMatch(verdict.warnings!.join(), /^resident_mb: \d+, of 512 GB claimed$/);
});

Deno.test("a card that claims less memory than its name has, or none, is refused", () => {
  for (const claimed_vram_gb of [0, 6, 10]) {
    const verdict = judge(proofOf(rtx3060, rtx3060, {}, { claimed_vram_gb }));
    assertEquals(verdict.verdict, "implausible");
    assertEquals(verdict.contradicts, [
      `vram_gb: ${claimed_vram_gb}, and NVIDIA GeForce RTX 3060 has 12`,
    ]);
  }
});

Deno.test("it shows what a proof of that chip fills, however slow its owner says that it is", () => {
  for (const name of ["Apple M3 Ultra", "Apple M1"]) {
    const mac = chip(name);
    const claimed_vram_gb = mac.memory_max_gb;
    const rated = ratedSpeeds(mac);
    const planned = planProof({ ...rated, vram_gb: claimToFill(mac, claimed_vram_gb) }, 0);
    const verdictAt = (size: ProofSize) =>
      judge(proofOf(mac, mac, {}, { claimed_vram_gb }, size)).verdict;
    assertEquals(verdictAt(planned), "verified");
    // Planned by an owner's own measurement, whom nothing keeps from measuring too little.
    const tiny = planProof({ gops: 1, chain_gops: 1, memory_mb_per_s: 500, vram_gb: 0 }, 0);
    assertEquals(verdictAt({ ...planned, m: tiny.m }), "implausible");
    assertEquals(verdictAt({ ...planned, m: planned.m / 2 }), "implausible");
  }
});

Deno.test("a chip that shares the machine's memory may claim none, and says so", () => {
  const ultra = chip("Apple M3 Ultra");
  const verdict = judge(proofOf(ultra, ultra, {}, { claimed_vram_gb: 0 }));
  assertEquals(verdict.verdict, "verified");
  assertEquals(verdict.warnings, ["memory: none is claimed, none is shown"]);
});

/** Rows of half a gigabyte. */
const ROWS = 30_720;

Deno.test("rows that fit a cache may be swept faster than memory is", () => {
  const ultra = chip("Apple M3 Ultra");
  const base = proofOf(ultra, ultra);
  const factor = ROWS / base.size.m;
  const cached = {
    ...base,
    size: { ...base.size, m: ROWS },
    elapsed_ms: base.elapsed_ms * factor,
    sweep_ms: base.sweep_ms! * factor / 3,
    claimed_vram_gb: 0,
  };
  assertEquals(judge(cached).verdict, "verified");
});
