import { assertEquals, assertMatch } from "@std/assert";
import { type Listing, prove, register } from "./attacker.ts";
import { operationsOf } from "../../../src/proof/size.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { ending, leaves } from "./endings.ts";
import { adapterOf, chip, listingOf } from "./forged_card.ts";
import { RawClient } from "./raw_client.ts";
import { serveRegistry } from "./served_registry.ts";
import { adapter, honest, productSpeed } from "./software_adapter.ts";

const GPU = "gpu-1";
const isSoftware = adapter?.kind === "software";

/** An honest and complete proof of this machine's software adapter under such a listing. */
async function proven(lie: Listing, allow_software: boolean) {
  await using registry = await serveRegistry({ allow_software });
  const client = new RawClient(registry);
  await register(client, GPU, lie);
  await prove(client, GPU, honest);
  const gpu = await client.gpu(GPU);
  return { ended: ending(gpu), contradicts: gpu.verdict?.contradicts.join("; ") ?? "" };
}

function softwareTest(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: isSoftware ? name : `${name} (skipped: no software adapter)`,
    ignore: !isSoftware,
    fn,
  });
}

softwareTest("control: a software adapter that says so is listed where it may be", async () => {
  assertEquals((await proven({}, true)).ended, "listed: software software");
  assertEquals((await proven({}, false)).ended, "refused: software software");
});

// What it costs the attacker: an edited driver string. What stops him: the speed. The words alone make
// nothing but a claim, and the figures of a software adapter lie below any card's.
softwareTest("a description of a real card does not make one of llvmpipe", async () => {
  for (const id of ["rtx-3090", "rx-7900-xtx", "apple-m1"]) {
    const lie = { gpu_type: "auto", adapter: adapterOf(chip(id)) };
    const { ended, contradicts } = await proven(lie, true);
    assertEquals(ended, "refused: implausible unknown", id);
    assertMatch(contradicts, /gops: \d+/);
  }
});

softwareTest(
  "an empty description, or one of no known card, is software by its speed",
  async () => {
    for (const description of ["", "Graphics Device", "NVIDIA Confidential Engineering Sample"]) {
      const lie = { gpu_type: "auto", adapter: { ...adapterOf(chip("rtx-3090")), description } };
      const { ended } = await proven(lie, false);
      assertEquals(ended, "refused: software software", JSON.stringify(description));
    }
  },
);

softwareTest("a type that no table has is not confirmed by anything", async () => {
  const lie = {
    gpu_type: "RTX 9999",
    adapter: { ...adapterOf(chip("rtx-3090")), description: "" },
  };
  assertEquals((await proven(lie, true)).ended, "refused: implausible unknown");
});

// What it costs the attacker: hours for each try. What stops him: a named card's proof has that card's
// size, and its deadline.
softwareTest("llvmpipe under a real card's name is far from done at the deadline", async () => {
  const speed = await productSpeed();
  await using registry = await serveRegistry();
  for (const id of ["rtx-3090", "rx-7900-xtx", "apple-m1"]) {
    const client = new RawClient(registry);
    await register(client, id, listingOf(chip(id)));
    const view = await client.start(await client.issue(id));
    const needed_s = operationsOf(view) / speed;
    console.log(`${id}: ${needed_s.toFixed()} s on ${adapter?.description}`);
    // Nothing is left out by not waiting for it: it would still be at work by then.
    if (needed_s * 1000 < LIMITS.proof_stage_max_ms) continue;
    registry.clock.leap(LIMITS.proof_stage_max_ms);
    assertEquals(ending(await leaves(client, id, "unproven")), "refused: failed deadline", id);
  }
});
