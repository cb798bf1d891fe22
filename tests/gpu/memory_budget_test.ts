import { checkMemory, memoryBudget } from "../../src/gpu/memory_budget.ts";
import { sliceRows } from "../../src/gpu/matrix_stage.ts";
import { SLICE_OPERATIONS } from "../../src/gpu/prover.ts";
import { type Chip, CHIPS, claimToFill, ratedSpeeds } from "../../src/proof/chips.ts";
import { planProof } from "../../src/proof/plan.ts";

/** What the adapters of real cards bind, as far as a device asks for it. */
const BINDING_BYTES = 2 ** 30;

/** Throws unless a card of that chip, with that memory, takes the proof that a registry plans for it. */
function checkFits(chip: Chip, memory_gb: number): void {
  const size = planProof({ ...ratedSpeeds(chip), vram_gb: claimToFill(chip, memory_gb) }, 0);
  const slice_rows = sliceRows(size, BINDING_BYTES, SLICE_OPERATIONS.hardware);
  const budget_bytes = memoryBudget({ adapter: { kind: "hardware", chip: chip.id } });
  checkMemory(size, slice_rows, { budget_bytes, binding_bytes: BINDING_BYTES });
}

Deno.test("a card of each chip takes a proof of the least and of the most memory that it is sold with", () => {
  for (const chip of CHIPS) {
    checkFits(chip, chip.memory_gb);
    checkFits(chip, chip.memory_max_gb);
  }
});
