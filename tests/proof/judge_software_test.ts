import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Evidence, judge } from "../../src/proof/judge.ts";
import { planProof } from "../../src/proof/plan.ts";
import { chip, proofOf } from "./case.ts";

const rtx3090 = chip("RTX 3090");
const nobody = { vendor: "", architecture: "", device: "", description: "", is_fallback: false };
const llvmpipe = { ...nobody, vendor: "65541", description: "llvmpipe (LLVM 15.0.6, 256 bits)" };

/** A software adapter of two cores, with what it says of itself. */
function onCpu(change: Partial<Evidence> = {}): Evidence {
  const speeds = { gops: 30, chain_gops: 25, memory_mb_per_s: 3000, vram_gb: 0 };
  const size = planProof(speeds, 0);
  return {
    size,
    elapsed_ms: 520,
    chain_ms: 260,
    sweep_ms: 260,
    claimed_type: "auto",
    claimed_vram_gb: 0,
    adapter: llvmpipe,
    outcome: { ok: true },
    ...change,
  };
}

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
    const fast = proofOf(rtx3090, rtx3090, {}, { adapter: { ...nobody, ...word } });
    const verdict = judge({ ...fast, claimed_type: "auto" });
    assertEquals(verdict.verdict, "software", JSON.stringify(word));
    assertEquals(verdict.class, "software");
  }
});

Deno.test("a software adapter that says so is software, without a warning", () => {
  for (const claimed_type of ["software", "auto", "llvmpipe (LLVM 15.0.6, 256 bits)", "CPU"]) {
    const verdict = judge(onCpu({ claimed_type }));
    assertEquals(verdict.verdict, "software", claimed_type);
    assertEquals([verdict.contradicts, verdict.warnings], [[], undefined]);
  }
});

Deno.test("a software adapter that claims a real card is implausible, for its words and figures", () => {
  const verdict = judge(onCpu({ claimed_type: "RTX 3090" }));
  assertEquals(verdict.verdict, "implausible");
  assertEquals(verdict.contradicts.map((text) => text.split(":")[0]), [
    "adapter vendor",
    "gops",
    "chain_gops",
    "memory_mb_per_s",
    "vram_gb",
  ]);
  assertMatch(verdict.reason, /RTX 3090 is claimed.*65541.*gops: \d+, not 2669 to 22239/);
});

Deno.test("a software adapter that renames itself is too slow for every card of the table", () => {
  const adapter = { ...nobody, vendor: "4318", description: "NVIDIA GeForce GTX 1050 Ti" };
  for (const claimed_type of ["auto", "GTX 1050 Ti", "Apple M1"]) {
    assertEquals(judge(onCpu({ claimed_type, adapter })).verdict, "implausible", claimed_type);
  }
});

Deno.test("any one figure below what every GPU does makes a nameless adapter software", () => {
  const fast = proofOf(rtx3090, rtx3090, {}, { claimed_type: "auto", adapter: nobody });
  const slow: [Partial<Evidence>, RegExp][] = [
    [{ elapsed_ms: 2e6 }, /gops: \d+, and no GPU is below 70/],
    [{ chain_ms: 1e6 }, /chain_gops: \d+, and no GPU is below 70/],
    [{ sweep_ms: 1e6 }, /memory_mb_per_s: \d+, and no GPU is below 10000/],
  ];
  for (const [change, expected] of slow) {
    const verdict = judge({ ...fast, ...change, claimed_vram_gb: 0 });
    assertEquals(verdict.verdict, "software");
    assertMatch(verdict.reason, expected);
  }
});

Deno.test("software that claims memory must not make its rows again", () => {
  const honest = judge(onCpu({ claimed_vram_gb: 2 }));
  assertEquals(honest.verdict, "software");
  assertMatch(honest.warnings!.join(), /^resident_mb: \d+, of 2 GB claimed$/);
  // Every sweep takes as long as the product did.
  const { size, elapsed_ms } = onCpu();
  const sweep_ms = elapsed_ms * size.sweeps!;
  const again = judge(onCpu({ claimed_vram_gb: 2, sweep_ms }));
  assertEquals(again.verdict, "implausible");
  assert(again.contradicts.every((text) => text.startsWith("regenerated: ")), again.reason);
  // So slow that its figure in whole G-operations is 0.
  const slowest = judge(
    onCpu({ claimed_vram_gb: 2, elapsed_ms: 1e6, sweep_ms: 1e6 * size.sweeps! }),
  );
  assertEquals([slowest.figures.gops, slowest.verdict], [0, "implausible"]);
});
