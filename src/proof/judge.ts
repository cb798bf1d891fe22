import { type Chip, windowOf } from "./chips.ts";
import type { ProofOutcome } from "./outcome.ts";
import { type MatrixSize, operationsOf } from "./size.ts";
import { SOFTWARE_FLOOR_GOPS, softwareSign } from "./software.ts";
import { chipNamed, normalizeTypeName } from "./type_names.ts";
import type { AdapterClaim, ProofFigures, Verdict } from "./verdict.ts";

/** The claimed type that leaves the naming to the adapter. */
export const AUTO_TYPE = "auto";
/** Types by which an owner says openly that the adapter is software. */
const SOFTWARE_TYPES = new Set(["software", "llvmpipe", "lavapipe", "swiftshader", "cpu"]);

/** What a verdict is made of. */
export interface Evidence {
  readonly size: MatrixSize;
  /** From the challenge on the wire to the root's last byte, by the registry's monotonic clock. */
  readonly elapsed_ms: number;
  /** The owner's `--gpu-type`: a chip's name, "software", or "auto". */
  readonly claimed_type: string;
  readonly adapter: AdapterClaim;
  readonly outcome: ProofOutcome;
}

/** The figures of a challenge answered in `elapsed_ms`: integers, the time at least 1 ms. */
export function figuresOf(size: MatrixSize, elapsed_ms: number): ProofFigures {
  const elapsed = Math.max(1, Math.round(elapsed_ms));
  const { m, k, n } = size;
  return { gops: Math.round(operationsOf(size) / 1e6 / elapsed), elapsed_ms: elapsed, m, k, n };
}

/**
 * The verdict over a proof: a wrong answer has `failed`; a claim that the adapter's words or the
 * speed contradict is `implausible`; then come `software` and `verified`. Every reason names the
 * figures behind it.
 */
export function judge(evidence: Evidence): Verdict {
  const figures = figuresOf(evidence.size, evidence.elapsed_ms);
  const { outcome, adapter } = evidence;
  if (!outcome.ok) {
    const { step, code, reason } = outcome;
    return verdict("failed", "unknown", `${reason} (${step}: ${code}).`, figures, { step });
  }
  const claimed = evidence.claimed_type.trim();
  const sign = softwareSign(adapter);
  if (SOFTWARE_TYPES.has(normalizeTypeName(claimed))) {
    return software(figures, sign ?? "so its owner says");
  }
  const isAuto = claimed.toLowerCase() === AUTO_TYPE;
  if (isAuto && sign !== undefined) return software(figures, sign);
  const chip = chipNamed(isAuto ? adapter.description : claimed);
  if (chip !== undefined) return judgeChip(chip, adapter, figures, sign);
  if (isAuto && figures.gops < SOFTWARE_FLOOR_GOPS) {
    return software(figures, `no GPU is as slow as ${figures.gops} G-operations/s`);
  }
  const name = isAuto ? adapter.description : claimed;
  const reason = `The type ${JSON.stringify(name)} is not in the table of known chips, so ` +
    `${figures.gops} u32 G-operations/s cannot confirm it.`;
  return verdict("implausible", "unknown", reason, figures, {
    contradicts: sign === undefined ? [] : [sign],
  });
}

/** A claim of a known chip against the adapter's own words and the measured speed. */
function judgeChip(
  chip: Chip,
  adapter: AdapterClaim,
  figures: ProofFigures,
  sign: string | undefined,
): Verdict {
  const { min_gops, max_gops } = windowOf(chip);
  const contradicts = sign === undefined ? [] : [sign];
  if (sign === undefined && !describes(adapter.description, chip)) {
    contradicts.push(`adapter: ${adapter.description}`);
  }
  if (figures.gops < min_gops || figures.gops > max_gops) {
    contradicts.push(`gops: ${figures.gops}, not ${min_gops} to ${max_gops}`);
  }
  if (contradicts.length > 0) {
    const reason = `A ${chip.name} is claimed, which does ${min_gops} to ${max_gops} u32 ` +
      `G-operations/s; this adapter did ${figures.gops}. Against the claim: ` +
      `${contradicts.join("; ")}.`;
    return verdict("implausible", "unknown", reason, figures, { contradicts });
  }
  const note = chip.confirmed ? "" : " (a window computed, not yet confirmed by a real card)";
  const reason =
    `${figures.gops} u32 G-operations/s lie within the ${min_gops} to ${max_gops} of a ` +
    `${chip.name}${note}.`;
  return verdict("verified", chip.id, reason, figures, {});
}

/** True if an adapter's description is this chip's, or names no model ("AMD Radeon Graphics"). */
function describes(description: string, chip: Chip): boolean {
  return normalizeTypeName(description) === "" || chipNamed(description)?.id === chip.id;
}

function software(figures: ProofFigures, sign: string): Verdict {
  const reason = `This is a software adapter (${sign}): ${figures.gops} u32 G-operations/s in ` +
    `${figures.elapsed_ms} ms.`;
  return verdict("software", "software", reason, figures, {});
}

function verdict(
  kind: Verdict["verdict"],
  chipClass: string,
  reason: string,
  figures: ProofFigures,
  more: { contradicts?: string[]; step?: string },
): Verdict {
  const { contradicts = [], step = null } = more;
  return { verdict: kind, class: chipClass, reason, figures, contradicts, step };
}
