import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { type Chip, CHIPS, ratedSpeeds } from "../../src/proof/chips.ts";
import { judge } from "../../src/proof/judge.ts";
import { chip, proofOf, type Shares } from "./case.ts";

const VENDOR_IDS = { NVIDIA: "4318", AMD: "0x1002", Intel: "32902", Apple: "4203" } as const;

/** A card whose driver's words name no chip. */
function nameless(one: Chip, shares: Shares = {}, vram_gb = ratedSpeeds(one).vram_gb) {
  const adapter = {
    vendor: VENDOR_IDS[one.vendor],
    architecture: "",
    device: "",
    description: `${one.vendor} Graphics`,
    is_fallback: false,
  };
  return proofOf(one, one, shares, { adapter, claimed_type: "auto", claimed_vram_gb: vram_gb });
}

Deno.test("a card whose words name no chip gets the class that its figures name", () => {
  for (const id of ["rtx-3090", "rtx-4090", "h200", "rx-7900-xtx", "mi300x", "arc-a770", "t4"]) {
    const verdict = judge(nameless(chip(id)));
    assertEquals([verdict.verdict, verdict.class], ["verified", id], verdict.reason);
    assertEquals(verdict.warnings, ["class: named after the figures alone"]);
    assertMatch(verdict.reason, /name no chip of the table\. .* is the nearest/);
  }
});

Deno.test("at the expected shares most chips are named after themselves, the rest after an equal", () => {
  let own = 0;
  for (const one of CHIPS) {
    const verdict = judge(nameless(one));
    assertEquals(verdict.verdict, "verified", verdict.reason);
    if (verdict.class === one.id) own++;
    const named = ratedSpeeds(chip(verdict.class)), real = ratedSpeeds(one);
    for (const figure of ["chain_gops", "memory_mb_per_s"] as const) {
      const ratio = named[figure] / real[figure];
      assert(ratio > 0.75 && ratio < 1.33, `${one.id} is called ${verdict.class}: ${figure}`);
    }
    assert(named.vram_gb <= real.vram_gb * 1.1, `${one.id} is called ${verdict.class}`);
  }
  assertGreater(own / CHIPS.length, 0.9);
});

Deno.test("words that name no chip buy no class above what was measured", () => {
  const rtx3060 = chip("RTX 3060");
  for (const gops of [0.6, 3, 10]) {
    const verdict = judge(nameless(rtx3060, { gops }));
    if (verdict.verdict !== "verified") continue;
    const named = ratedSpeeds(chip(verdict.class));
    assert(named.chain_gops <= 1.33 * ratedSpeeds(rtx3060).chain_gops, verdict.class);
  }
});

Deno.test("the driver's words as a type are no claim of the owner's", () => {
  const one = nameless(chip("RX 7900 XTX"));
  const verdict = judge({ ...one, claimed_type: one.adapter.description });
  assertEquals([verdict.verdict, verdict.class], ["verified", "rx-7900-xtx"]);
});

Deno.test("figures that no chip has give no class", () => {
  const verdict = judge(nameless(chip("RTX 3090"), { gops: 0.6, chain: 3 }));
  assertEquals([verdict.verdict, verdict.class], ["implausible", "unknown"]);
  assertMatch(verdict.reason, /are those of none\.$/);
});

Deno.test("a card that claims more memory than it shows gets no class by its figures", () => {
  const verdict = judge(nameless(chip("RTX 3060"), {}, 24));
  assertEquals(verdict.verdict, "implausible");
  assertEquals(verdict.contradicts, ["resident_mb: 10796, of 24 GB claimed"]);
});

Deno.test("a type left to the adapter is the one that its driver names", () => {
  const m1 = chip("Apple M1");
  const verdict = judge(proofOf(m1, m1, {}, { claimed_type: "auto" }));
  assertEquals([verdict.verdict, verdict.class], ["verified", "apple-m1"]);
  assertMatch(verdict.reason, /^Apple M1 is what its driver names/);
});
