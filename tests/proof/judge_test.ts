import { assert, assertEquals, assertMatch } from "@std/assert";
import { CHIPS, windowOf } from "../../src/proof/chips.ts";
import { type Evidence, judge } from "../../src/proof/judge.ts";
import { proofFailure } from "../../src/proof/outcome.ts";
import { SOFTWARE_FLOOR_GOPS } from "../../src/proof/software.ts";
import { chipNamed } from "../../src/proof/type_names.ts";

const size = { m: 32_768, k: 4096, n: 4096 };
const hardware = {
  vendor: "4318",
  architecture: "",
  device: "8708",
  description: "NVIDIA GeForce RTX 3090",
  is_fallback: false,
};
const llvmpipe = {
  vendor: "65541",
  architecture: "",
  device: "0",
  description: "llvmpipe (LLVM 15.0.6, 256 bits)",
  is_fallback: false,
};

/** Milliseconds in which that size takes `gops` u32 G-operations a second. */
const at = (gops: number) => 2 * size.m * size.k * size.n / 1e6 / gops;
const evidence = (change: Partial<Evidence> = {}): Evidence => ({
  size,
  elapsed_ms: at(8000),
  claimed_type: "RTX 3090",
  adapter: hardware,
  outcome: { ok: true },
  ...change,
});

Deno.test("a card within its class's window is verified, with its figures", () => {
  const verdict = judge(evidence());
  assertEquals(verdict.verdict, "verified");
  assertEquals(verdict.class, "rtx-3090");
  assertEquals(verdict.figures, { gops: 8026, elapsed_ms: 137, ...size });
  assertMatch(verdict.reason, /8026 .* not yet confirmed by a real card/);
  assertEquals([verdict.contradicts, verdict.step], [[], null]);
});

Deno.test("every figure of a verdict is an integer, as the signed feed needs", () => {
  for (const elapsed_ms of [0, 0.001, 0.5, 1e7, 138.4999]) {
    const { figures } = judge(evidence({ elapsed_ms }));
    assert(Object.values(figures).every(Number.isSafeInteger), JSON.stringify(figures));
  }
});

Deno.test("a software adapter that claims a real card is implausible", () => {
  const verdict = judge(evidence({ adapter: llvmpipe, elapsed_ms: at(10) }));
  assertEquals(verdict.verdict, "implausible");
  assertEquals(verdict.contradicts.length, 2);
  assertMatch(verdict.reason, /RTX 3090 is claimed.*did 10\..*65541.*gops: 10, not 2669 to 22238/);
});

Deno.test("a software adapter that renames itself is still too slow for the card it claims", () => {
  const verdict = judge(evidence({ elapsed_ms: at(30) }));
  assertEquals(verdict.verdict, "implausible");
  assertEquals(verdict.contradicts, ["gops: 30, not 2669 to 22238"]);
});

Deno.test("a card faster than the claimed one is as suspicious as a slower one", () => {
  const { min_gops, max_gops } = windowOf(chipNamed("RTX 3090")!);
  for (const gops of [min_gops * 0.9, max_gops * 1.1]) {
    assertEquals(judge(evidence({ elapsed_ms: at(gops) })).verdict, "implausible");
  }
});

Deno.test("an adapter that describes itself as another card contradicts the claim", () => {
  for (const description of ["NVIDIA GeForce RTX 4090", "NVIDIA GeForce RTX 3060 Ti"]) {
    const verdict = judge(evidence({ adapter: { ...hardware, description } }));
    assertEquals(verdict.verdict, "implausible");
    assertEquals(verdict.contradicts, [`adapter: ${description}`]);
  }
  const unnamed = { ...hardware, description: "AMD Radeon Graphics (RADV GFX1100)" };
  const claim = { adapter: unnamed, claimed_type: "RX 7900 XTX", elapsed_ms: at(3000) };
  assertEquals(judge(evidence(claim)).verdict, "verified");
});

Deno.test("each software renderer is recognised by its own words", () => {
  const words = [
    { vendor: "0x10005" },
    { description: "llvmpipe (LLVM 19.1.7, 512 bits)" },
    { description: "Google SwiftShader Device (Subzero)" },
    { description: "Microsoft Basic Render Driver" },
    { device: "lavapipe" },
    { description: "WARP" },
    { is_fallback: true },
  ];
  for (const word of words) {
    const adapter = { ...hardware, description: "", ...word };
    const verdict = judge(evidence({ adapter, claimed_type: "auto" }));
    assertEquals(verdict.verdict, "software", JSON.stringify(word));
    assertEquals(verdict.class, "software");
  }
});

Deno.test("an adapter below the speed of every GPU is software, whatever it says", () => {
  const adapter = { ...hardware, description: "Mystery GPU" };
  const slow = { adapter, claimed_type: "auto", elapsed_ms: at(SOFTWARE_FLOOR_GOPS / 2) };
  const verdict = judge(evidence(slow));
  assertEquals(verdict.verdict, "software");
  assert(CHIPS.every((chip) => windowOf(chip).min_gops > SOFTWARE_FLOOR_GOPS));
});

Deno.test("a type left to the adapter is the one that it describes", () => {
  assertEquals(judge(evidence({ claimed_type: "auto" })).class, "rtx-3090");
});

Deno.test("a type that the table lacks cannot be verified", () => {
  const verdict = judge(evidence({ claimed_type: "Voodoo 2" }));
  assertEquals(verdict.verdict, "implausible");
  assertMatch(verdict.reason, /"Voodoo 2" is not in the table/);
});

Deno.test("an owner who says software gets that, and a wrong answer fails before all else", () => {
  assertEquals(judge(evidence({ claimed_type: "software" })).verdict, "software");
  const outcome = proofFailure("product", "wrong_row", "Row 7 is not that row of A·B");
  const failed = judge(evidence({ adapter: llvmpipe, elapsed_ms: at(10), outcome }));
  assertEquals([failed.verdict, failed.step], ["failed", "product"]);
  assertMatch(failed.reason, /Row 7 .*product: wrong_row/);
});
