import { printable } from "../base/printable.ts";

/** A column: its heading, and whether its cells are numbers, which stand to the right. */
export interface Column {
  heading: string;
  numeric?: true;
}

const BOLD = "\x1b[1m";
const RESET = "\x1b[0m";
const GAP = "  ";

/** Lines of a table, columns two spaces apart. Cells may come from others: they are made printable. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  colour: boolean,
): string {
  const cells = rows.map((row) => row.map((cell) => printable(cell).replace(/\s/g, " ")));
  const widths = columns.map((column, i) =>
    Math.max(column.heading.length, ...cells.map((row) => width(row[i] ?? "")))
  );
  const lineOf = (row: readonly string[]) =>
    columns.map((column, i) => pad(row[i] ?? "", widths[i] ?? 0, column.numeric === true)).join(GAP)
      .trimEnd();
  const head = lineOf(columns.map((column) => column.heading));
  return [colour ? BOLD + head + RESET : head, ...cells.map(lineOf)].join("\n") + "\n";
}

/** "label  value" lines with the values aligned. */
export function facts(pairs: readonly (readonly [string, string])[]): string {
  const wide = Math.max(...pairs.map(([label]) => label.length));
  return pairs.map(([label, value]) => `${label.padEnd(wide)}${GAP}${printable(value)}\n`).join("");
}

function pad(cell: string, to: number, numeric: boolean): string {
  const blank = " ".repeat(to - width(cell));
  return numeric ? blank + cell : cell + blank;
}

/** Code points, which is near enough to columns for what a listing holds. */
function width(text: string): number {
  return [...text].length;
}
