import { AUTO_TYPE, readClaim } from "./claimed_type.ts";
import type { Chip } from "./chips.ts";
import { figuresOf, type LaterTimes, type MeasuredSize } from "./figures.ts";
import { checkMemory } from "./memory_claim.ts";
import { nearestChip } from "./nearest_chip.ts";
import type { ProofOutcome } from "./outcome.ts";
import { softwareSign, softwareSpeed } from "./software.ts";
import { chipNamed, chipsLike, normalizeTypeName } from "./type_names.ts";
import type { AdapterClaim, ProofFigures, Verdict } from "./verdict.ts";
import { checkSpeeds, describeFigures, describeRating } from "./speed_claim.ts";

export { AUTO_TYPE, figuresOf };

/** Longest text of a verdict. */
const MAX_TEXT_LENGTH = 1024;

/** What a verdict is made of. */
export interface Evidence extends LaterTimes {
  readonly size: MeasuredSize;
  /** From the challenge on the wire to the root's last byte, by the registry's monotonic clock. */
  readonly elapsed_ms: number;
  /** The owner's `--gpu-type`: a chip's name, "software", or "auto". */
  readonly claimed_type: string;
  /** The owner's claim of memory; 0 or absent if there is none. */
  readonly claimed_vram_gb?: number;
  readonly adapter: AdapterClaim;
  readonly outcome: ProofOutcome;
}

/** A proof that holds, with what is judged beside it. */
interface Case {
  readonly figures: ProofFigures;
  readonly vram_gb: number;
  readonly adapter: AdapterClaim;
  /** What in the adapter's words makes it software. */
  readonly sign: string | undefined;
}

/**
 * The verdict over a proof: a wrong answer has `failed`; a claim that the adapter's words, a speed or
 * the memory contradict is `implausible`; then come `software` and `verified`. A claim holds if its
 * product, its chain and its sweeps all lie within the chip's windows, so the lower of product and
 * chain decides: tensor cores and Strassen's trick speed up the one and not the other. Every reason
 * names the figures behind it.
 */
export function judge(evidence: Evidence): Verdict {
  const { size, elapsed_ms, outcome, adapter, claimed_type, claimed_vram_gb = 0 } = evidence;
  const figures = figuresOf(size, elapsed_ms, evidence);
  if (!outcome.ok) {
    const { step, code, reason } = outcome;
    return verdict("failed", "unknown", `${reason} (${step}: ${code}).`, figures, { step });
  }
  const one: Case = { figures, vram_gb: claimed_vram_gb, adapter, sign: softwareSign(adapter) };
  const claim = readClaim(claimed_type, adapter);
  switch (claim.kind) {
    case "software":
      return judgeSoftware(one, one.sign ?? "so its owner says");
    case "chip":
      return judgeChip(one, claim.chip, "claimed");
    case "unknown":
      return refuseUnknown(one, claim.name);
    case "auto":
      return judgeAuto(one);
  }
}

/** A type left to the adapter: the chip that its driver names, if the figures are that chip's. */
function judgeAuto(one: Case): Verdict {
  if (one.sign !== undefined) return judgeSoftware(one, one.sign);
  const described = chipNamed(one.adapter.description);
  if (described !== undefined) return judgeChip(one, described, "what its driver names");
  const slow = softwareSpeed(one.figures);
  if (slow !== undefined) return judgeSoftware(one, slow);
  return judgeByFigures(one);
}

/** A claim of a known chip against the adapter's own words and the measured figures. */
function judgeChip(one: Case, chip: Chip, how: string): Verdict {
  const { figures, adapter, sign, vram_gb } = one;
  const speeds = checkSpeeds(chip, figures);
  const memory = checkMemory(figures, vram_gb, chip, false);
  const contradicts = [
    ...(sign === undefined ? [] : [sign]),
    ...(sign === undefined && !describes(adapter.description, chip)
      ? [`adapter: ${adapter.description}`]
      : []),
    ...speeds.contradicts,
    ...memory.contradicts,
  ];
  const measured = `${chip.name} is ${how}, which does ${describeRating(chip, figures)}; this ` +
    `adapter did ${describeFigures(figures, chip)}.`;
  if (contradicts.length > 0) {
    const other = sign === undefined ? otherChip(one, chip) : undefined;
    const reason = `${measured} Against the claim: ${contradicts.join("; ")}.` +
      (other === undefined ? "" : ` Of the table the figures are nearest to ${other.name}.`);
    return verdict("implausible", "unknown", reason, figures, { contradicts });
  }
  const other = speeds.warnings.length > 0 ? otherChip(one, chip) : undefined;
  const nearer = other === undefined ? [] : [`class: the figures are nearer to ${other.name}`];
  const warnings = [...speeds.warnings, ...nearer, ...memory.warnings];
  const note = chip.confirmed ? "" : " Its windows are computed, not yet confirmed by a real card.";
  return verdict("verified", chip.id, measured + note, figures, { warnings });
}

/** The class that the figures name, where the driver's words name none. */
function judgeByFigures(one: Case): Verdict {
  const { figures, adapter, vram_gb } = one;
  const chip = nearestChip(figures, vram_gb, adapter.vendor);
  const { contradicts, warnings } = checkMemory(figures, vram_gb, chip, false);
  const words = JSON.stringify(adapter.description);
  if (chip === undefined || contradicts.length > 0) {
    const reason = `The adapter's words, ${words}, name no chip of the table, and its figures, ` +
      `${describeFigures(figures)}, ` + (contradicts.length > 0
        ? `contradict the claim: ${contradicts.join("; ")}.`
        : "are those of none.");
    return verdict("implausible", "unknown", reason, figures, { contradicts });
  }
  const reason =
    `The adapter's words, ${words}, name no chip of the table. Of those within whose ` +
    `windows it is, ${chip.name} is the nearest, which does ` +
    `${describeRating(chip, figures)}; it did ${describeFigures(figures, chip)}.`;
  const named = "class: named after the figures alone";
  return verdict("verified", chip.id, reason, figures, { warnings: [named, ...warnings] });
}

function judgeSoftware(one: Case, sign: string): Verdict {
  const { figures, vram_gb } = one;
  const { contradicts, warnings } = checkMemory(figures, vram_gb, undefined, true);
  const reason = `This is a software adapter (${sign}): ${describeFigures(figures)} in ` +
    `${figures.elapsed_ms} ms.`;
  if (contradicts.length === 0) {
    return verdict("software", "software", reason, figures, { warnings });
  }
  const against = `${reason} Against the claim of ${vram_gb} GB: ${contradicts.join("; ")}.`;
  return verdict("implausible", "unknown", against, figures, { contradicts });
}

function refuseUnknown({ figures, sign }: Case, name: string): Verdict {
  const like = chipsLike(name);
  const reason = `The type ${JSON.stringify(name)} is not in the table of known chips, so ` +
    `${describeFigures(figures)} cannot confirm it.` +
    (like.length > 0 ? ` The table has ${like.join(", ")}.` : "");
  return verdict("implausible", "unknown", reason, figures, {
    contradicts: sign === undefined ? [] : [sign],
  });
}

/** Another chip whose figures these are. */
function otherChip({ figures, vram_gb, adapter }: Case, chip: Chip): Chip | undefined {
  const other = nearestChip(figures, vram_gb, adapter.vendor);
  return other?.id === chip.id ? undefined : other;
}

/** True if an adapter's description is this chip's, or names no model ("AMD Radeon Graphics"). */
function describes(description: string, chip: Chip): boolean {
  return normalizeTypeName(description) === "" || chipNamed(description)?.id === chip.id;
}

function verdict(
  kind: Verdict["verdict"],
  chipClass: string,
  reason: string,
  figures: ProofFigures,
  more: { contradicts?: string[]; warnings?: string[]; step?: string },
): Verdict {
  const { contradicts = [], warnings = [], step = null } = more;
  const base = {
    verdict: kind,
    class: chipClass,
    reason: cut(reason),
    figures,
    contradicts: contradicts.map(cut),
    step,
  };
  return warnings.length === 0 ? base : { ...base, warnings: warnings.map(cut) };
}

/** A text as long as a record may hold: a driver's words can be as long as they like. */
function cut(text: string): string {
  if (text.length <= MAX_TEXT_LENGTH) return text;
  return `${text.slice(0, MAX_TEXT_LENGTH - 1).toWellFormed()}…`;
}
