import { provenEnding } from "../../tests/attacks/proof/endings.ts";
import { register } from "../../tests/attacks/proof/attacker.ts";
import type { Cheater } from "../../tests/attacks/proof/cheaters.ts";
import { RawClient } from "../../tests/attacks/proof/raw_client.ts";
import { type ServedRegistry, serveRegistry } from "../../tests/attacks/proof/served_registry.ts";
import { seededRandom } from "../../tests/proof/seeded.ts";
import type { Figure } from "../figure.ts";

/** Runs of each cheater; with --long, as many as show a rate of a few per cent. */
const RUNS = Deno.args.includes("--long") ? 200 : 20;

/** Cheaters of the attack suite that end listed, over real connections to a real registry. */
export const figure: Figure = {
  group: "proof",
  name: `cheaters listed, ${RUNS} seeded runs of each / all runs`,
  unit: "runs",
  aim: { op: "<=", value: 0 },
  async measure() {
    const { adapter } = await import("../../tests/attacks/proof/software_adapter.ts");
    if (adapter === null) return { skipped: "this machine has no GPU adapter" };
    const { CHEATERS } = await import("../../tests/attacks/proof/cheaters.ts");
    await using registry = await serveRegistry();
    const endings = new Map<string, number>();
    let listed = 0;
    for (let seed = 1; seed <= RUNS; seed++) {
      for (const cheater of CHEATERS) {
        const ended = await endingFor(cheater, registry, seed);
        if (ended.startsWith("listed")) listed++;
        const line = `${cheater.name}: ${ended}`;
        endings.set(line, (endings.get(line) ?? 0) + 1);
      }
    }
    const against = RUNS * CHEATERS.length;
    const note = [...endings].map(([line, times]) => `${line} × ${times}`).join("; ");
    return { ours: listed, against, ratio: listed / against, note };
  },
};

/** How one attack ended; each is a fresh owner's. */
async function endingFor(
  cheater: Cheater,
  registry: ServedRegistry,
  seed: number,
): Promise<string> {
  const client = new RawClient(registry);
  const gpu_id = `${cheater.name.replaceAll(/\W+/g, "-")}-${seed}`;
  await register(client, gpu_id, cheater.lie);
  const begin = cheater.begin(seededRandom(seed), client.identity.id, gpu_id);
  return await provenEnding(client, gpu_id, begin);
}
