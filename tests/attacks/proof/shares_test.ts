import { adapterTest } from "../../adapter_test_case.ts";
import { assert, assertEquals } from "@std/assert";
import { ReferenceProver } from "../../proof/reference.ts";
import { freshSeed, seededRandom } from "../../proof/seeded.ts";
import { type Begin, prove, register } from "./attacker.ts";
import { endingOf } from "./endings.ts";
import { RawClient } from "./raw_client.ts";
import { serveRegistry } from "./served_registry.ts";
import { PARTS, Shirker } from "./shirker.ts";
import { productOf } from "./software_adapter.ts";

const GPU = "gpu-1";

/** Proofs until one is refused: more of them pass with less than this probability. */
const CERTAINTY = 1e-9;

adapterTest("control: who leaves nothing out is listed", async () => {
  await using registry = await serveRegistry();
  const client = new RawClient(registry);
  await register(client, GPU);
  await prove(client, GPU, async (size, seed) => {
    return new ReferenceProver(size, await productOf(seed, size));
  });
  assertEquals(await endingOf(client, GPU), "listed: software software");
});

/** Proves again and again, as re-challenges do, until refused; gives how often it passed. */
async function passes(client: RawClient, begin: Begin, share: number): Promise<number> {
  const most = Math.ceil(Math.log(CERTAINTY) / Math.log(share ** 64));
  for (let passed = 0; passed <= most; passed++) {
    const { verdict } = await prove(client, GPU, begin);
    if (verdict.verdict === "failed") return passed;
  }
  throw new Error(`more than ${most} proofs passed`);
}

// What it costs the attacker: nothing; he saves the share that he leaves out. What stops him: 64 rows,
// lanes and tags are opened, drawn when he has committed. (1 − f)⁶⁴ of his proofs pass: none of those
// that leave out half, one in 900 of those that leave out a tenth, half of those that leave out a
// hundredth, which the next challenges catch, and which gains him less than the figures' own noise.
const SHARES = { rows: [0.5, 0.9, 0.99], lanes: [0.5, 0.9], tags: [0.5, 0.9] } as const;
const STEPS = { rows: "product", lanes: "chain", tags: "sweep" } as const;
for (const part of PARTS) {
  for (const share of SHARES[part]) {
    adapterTest(`${share * 100} % of the ${part} end refused`, async () => {
      await using registry = await serveRegistry();
      const client = new RawClient(registry);
      const random = seededRandom(freshSeed(`${share} of ${part}`));
      await register(client, GPU);
      const passed = await passes(client, async (size, seed) => {
        return Shirker.doing(share, part, size, await productOf(seed, size), random);
      }, share);
      assertEquals(await endingOf(client, GPU), `refused: failed ${STEPS[part]}`);
      assert(share > 0.5 || passed === 0, "half of the work never passes");
    });
  }
}
