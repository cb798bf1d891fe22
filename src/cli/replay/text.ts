import { printable } from "../../base/printable.ts";
import { type Look, table } from "../table.ts";
import type { ComparedOutput } from "./compare_outputs.ts";
import type { Statement } from "./statement.ts";

/** What a comparison came to: a row for each output, then a sentence on the whole. */
export function replayText(
  ref: string,
  { agrees, on, gpu_id, adapter, tolerance }: Statement,
  compared: readonly ComparedOutput[],
  look: Look,
): string {
  const where = on === "local" ? `this machine (${adapter})` : `${gpu_id} (${adapter})`;
  const columns = [
    { heading: "OUTPUT" },
    { heading: "TYPE" },
    { heading: "EXACT", numeric: true },
    { heading: "CLOSE", numeric: true },
    { heading: "DIFFERS", numeric: true },
    { heading: "FIRST" },
  ] as const;
  const rows = compared.map((output) => [
    output.name,
    output.dtype,
    ...[output.exact, output.tolerant, output.differing].map(String),
    firstOf(output),
  ]);
  const { absolute, relative } = tolerance;
  const words = agrees ? "gives the same" : "DIFFERS";
  return `${table(columns, rows, look)}${ref} ${words} on ${printable(where)}, ` +
    `within ${absolute} + ${relative} of the number. `;
}

function firstOf({ problem, first }: ComparedOutput): string {
  if (problem !== null) return problem;
  return first === null ? "" : `[${first.index}] ${first.actual}, was ${first.expected}`;
}
