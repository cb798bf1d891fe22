import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CHIPS } from "../../src/proof/chips.ts";
import { judge } from "../../src/proof/judge.ts";
import { proofFailure } from "../../src/proof/outcome.ts";
import { checkSpeeds } from "../../src/proof/speed_claim.ts";
import { Verdict } from "../../src/protocol/gpu.ts";
import { chip, proofOf } from "./case.ts";

const rtx3090 = chip("RTX 3090");
const honest = proofOf(rtx3090, rtx3090);
const llvmpipe = {
  vendor: "65541",
  architecture: "",
  device: "0",
  description: "llvmpipe (LLVM 15.0.6, 256 bits)",
  is_fallback: false,
};
/** Milliseconds in which the honest product takes `gops` u32 G-operations a second. */
const { m, k, n } = honest.size;
const at = (gops: number) => 2 * m * k * n / 1e6 / gops;

Deno.test("a card within its class's windows is verified, and its verdict gives every figure", () => {
  const verdict = judge(honest);
  assertEquals([verdict.verdict, verdict.class, verdict.step], ["verified", "rtx-3090", null]);
  const { chain_ms, sweep_ms, elapsed_ms, gops, ...rest } = verdict.figures;
  assertEquals(rest, {
    m,
    k,
    n,
    chain_gops: 11_841,
    memory_mb_per_s: 749_404,
    resident_mb: 21_596,
    round_trip_ms: 0,
  });
  assert(elapsed_ms > 0 && chain_ms! > 0 && sweep_ms! > 0);
  assertMatch(
    verdict.reason,
    /^NVIDIA GeForce RTX 3090 is claimed, which does 2669 to 22239 u32 G-operations\/s, 2224 to 18531 in the chain and 140 to 1170 GB\/s of memory; this adapter did 106\d\d u32 G-operations\/s \(60 %\), 11841 in the chain \(80 %\) and 749 GB\/s of memory \(80 %\) of its rating, of which the lower speed, the product's, decides\. .* not yet confirmed by a real card\.$/,
  );
  assertStringIncludes(verdict.reason, `${gops} u32`);
  assertEquals([verdict.contradicts, verdict.warnings], [[], undefined]);
  Verdict.parse(verdict);
});

Deno.test("every genuine chip of the table is verified under its own name, at half its rating too", () => {
  for (const one of CHIPS) {
    for (const shares of [{}, { gops: 0.4, chain: 0.5, memory: 0.5 }, { gops: 1, chain: 1 }]) {
      const verdict = judge(proofOf(one, one, shares));
      assertEquals(
        [verdict.class, verdict.verdict],
        [one.id, "verified"],
        `${verdict.reason} ${JSON.stringify(shares)}`,
      );
      assertEquals(verdict.warnings, undefined, one.id);
    }
  }
});

Deno.test("every figure of a verdict is an integer, as the signed feed needs", () => {
  for (const ms of [0.001, 0.5, 1e7, 138.4999]) {
    const times = { elapsed_ms: ms, chain_ms: ms, sweep_ms: ms, round_trip_ms: ms };
    const { figures } = judge({ ...honest, ...times });
    assertEquals(Object.keys(figures).length, 11);
    assert(Object.values(figures).every(Number.isSafeInteger), JSON.stringify(figures));
  }
});

Deno.test("a card outside one hard window is refused, by the figure that is outside", () => {
  const cases: [Parameters<typeof proofOf>[2], RegExp][] = [
    [{ gops: 0.14 }, /^gops: \d+, not 2669 to 22239$/],
    [{ gops: 1.3 }, /^gops: /],
    [{ chain: 0.14 }, /^chain_gops: \d+, not 2224 to 18531$/],
    [{ chain: 1.3 }, /^chain_gops: /],
    [{ memory: 1.3 }, /^memory_mb_per_s: \d+, not 140400 to 1170000$/],
  ];
  for (const [shares, expected] of cases) {
    const verdict = judge(proofOf(rtx3090, rtx3090, shares));
    assertEquals(verdict.verdict, "implausible");
    assertEquals(verdict.contradicts.length, 1, verdict.reason);
    assertMatch(verdict.contradicts[0]!, expected);
  }
});

Deno.test("tensor cores speed up the product alone: the chain, being the lower, decides", () => {
  const a4000 = chip("RTX A4000"), a6000 = chip("RTX A6000");
  const inflated = judge(proofOf(a4000, a6000, { gops: 5 * 0.6, chain: 0.25 }));
  assertEquals(inflated.verdict, "implausible");
  assertMatch(inflated.reason, /the chain's, decides.*chain_gops: /);
});

Deno.test("outside a narrow window a claim is warned of, and refused once a card has confirmed it", () => {
  const slow = proofOf(rtx3090, rtx3090, { chain: 0.3 });
  const verdict = judge(slow);
  assertEquals(verdict.verdict, "verified");
  assertMatch(verdict.warnings![0]!, /^chain_gops: 44\d\d, where 5189 to 16308 are expected$/);
  Verdict.parse(verdict);
  const { contradicts, warnings } = checkSpeeds({ ...rtx3090, confirmed: true }, verdict.figures);
  assertEquals(contradicts, [`chain_gops: ${verdict.figures.chain_gops}, not 5189 to 16308`]);
  assertEquals(warnings, []);
});

Deno.test("a card of a better class by its words alone is refused, and told which one it is", () => {
  const rtx3060 = chip("RTX 3060");
  for (const claimed_type of ["RTX 4090", "auto", "NVIDIA GeForce RTX 4090"]) {
    const forged = proofOf(rtx3060, chip("RTX 4090"), {}, { claimed_type });
    const verdict = judge(forged);
    assertEquals(verdict.verdict, "implausible");
    assertMatch(verdict.contradicts[0]!, /^gops: 38\d\d, not 6193 to 51610$/);
    assertMatch(verdict.reason, /Of the table the figures are nearest to NVIDIA [^.]*\.$/);
  }
});

Deno.test("a claim that only the wide windows bear names the class that the figures are nearer to", () => {
  const verdict = judge(proofOf(chip("RTX 3070"), chip("RTX 4080"), {}, {}));
  assertEquals(verdict.verdict, "verified");
  assertMatch(verdict.warnings!.join("; "), /class: the figures are nearer to NVIDIA /);
});

Deno.test("an adapter that describes itself as another card contradicts the claim", () => {
  for (const description of ["NVIDIA GeForce RTX 4090", "NVIDIA GeForce RTX 3060 Ti"]) {
    const verdict = judge({ ...honest, adapter: { ...honest.adapter, description } });
    assertEquals(verdict.verdict, "implausible");
    assertEquals(verdict.contradicts, [`adapter: ${description}`]);
  }
  const xtx = chip("RX 7900 XTX");
  const unnamed = { ...honest.adapter, description: "AMD Radeon Graphics (RADV GFX1100)" };
  assertEquals(judge(proofOf(xtx, xtx, {}, { adapter: unnamed })).verdict, "verified");
});

Deno.test("a type that the table lacks cannot be verified; its siblings are named", () => {
  const verdict = judge({ ...honest, claimed_type: "Voodoo 2" });
  assertEquals(verdict.verdict, "implausible");
  assertMatch(verdict.reason, /"Voodoo 2" is not in the table/);
  const h100 = judge({ ...honest, claimed_type: "H100" });
  assertMatch(h100.reason, /The table has h100-pcie, h100-sxm, h100-nvl\.$/);
});

Deno.test("a wrong answer fails before all else, with the figures so far", () => {
  const outcome = proofFailure("product", "wrong_row", "Row 7 is not that row of A·B");
  const { chain_ms: _chain, sweep_ms: _sweep, ...early } = honest;
  const failed = judge({ ...early, adapter: llvmpipe, elapsed_ms: at(10), outcome });
  assertEquals([failed.verdict, failed.step], ["failed", "product"]);
  assertMatch(failed.reason, /Row 7 .*product: wrong_row/);
  assertEquals([failed.figures.gops, failed.figures.chain_gops], [10, undefined]);
  const none = judge({ ...honest, elapsed_ms: 0, chain_ms: 0, sweep_ms: 0, outcome }).figures;
  assertEquals(none, { gops: 0, elapsed_ms: 0, m, k, n, round_trip_ms: 0 });
});

Deno.test("a proof of a product alone, as older ones are, is judged by that", () => {
  const verdict = judge({
    size: { m, k, n },
    elapsed_ms: at(8000),
    claimed_type: "RTX 3090",
    adapter: honest.adapter,
    outcome: { ok: true },
  });
  assertEquals(verdict.class, "rtx-3090");
  assertEquals(Object.keys(verdict.figures).sort(), ["elapsed_ms", "gops", "k", "m", "n"]);
});

Deno.test("a driver's words of any length give a verdict that a record can hold", () => {
  const description = "\u{1f600}".repeat(512);
  const adapter = { ...honest.adapter, description };
  for (const claimed_type of ["auto", "RTX 3090", "software"]) {
    for (const is_fallback of [false, true]) {
      const verdict = judge({ ...honest, claimed_type, adapter: { ...adapter, is_fallback } });
      Verdict.parse(verdict);
      assert([verdict.reason, ...verdict.contradicts].every((text) => text.isWellFormed()));
    }
  }
});
