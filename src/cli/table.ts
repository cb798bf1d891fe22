import { printable } from "../base/printable.ts";

/** A column: its heading, and whether its cells are numbers, which stand to the right. */
export interface Column {
  heading: string;
  numeric?: true;
}

const BOLD = "\x1b[1m";
const RESET = "\x1b[0m";
const GAP = "  ";
/** A column of text is shortened to so many characters before another is left out. */
const LEAST_TEXT = 10;

/** How a table is to look: in colours or not, and how wide at most; null where nothing bounds it. */
export interface Look {
  readonly colour: boolean;
  readonly width: number | null;
}

/**
 * Lines of a table, columns two spaces apart. Cells may come from others: they are made printable. Where
 * it is wider than it may be, the widest columns of text are shortened, then the last columns left out.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { colour, width: most }: Look,
): string {
  const cells = rows.map((row) => row.map((cell) => printable(cell).replace(/\s/g, " ")));
  const natural = columns.map((column, i) =>
    Math.max(column.heading.length, ...cells.map((row) => width(row[i] ?? "")))
  );
  const widths = most === null ? natural : narrowed(columns, natural, most);
  const lineOf = (row: readonly string[]) =>
    widths.map((to, i) => pad(cut(row[i] ?? "", to), to, columns[i]?.numeric === true)).join(GAP)
      .trimEnd();
  const head = lineOf(columns.map((column) => column.heading));
  return [colour ? BOLD + head + RESET : head, ...cells.map(lineOf)].join("\n") + "\n";
}

/** Widths that together take at most so many columns: fewer, and narrower ones. */
function narrowed(columns: readonly Column[], natural: readonly number[], most: number): number[] {
  const widths = [...natural];
  const total = () => widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1));
  while (total() > most) {
    const texts = widths.map((one, i) => columns[i]?.numeric ? 0 : one);
    const widest = texts.indexOf(Math.max(...texts));
    if ((texts[widest] ?? 0) > LEAST_TEXT) widths[widest] = (widths[widest] ?? 0) - 1;
    else if (widths.length > 1) widths.pop();
    else return [Math.max(1, most)];
  }
  return widths;
}

/** "label  value" lines with the values aligned. */
export function facts(pairs: readonly (readonly [string, string])[]): string {
  const wide = Math.max(...pairs.map(([label]) => label.length));
  return pairs.map(([label, value]) => `${label.padEnd(wide)}${GAP}${printable(value)}\n`).join("");
}

function cut(cell: string, to: number): string {
  return width(cell) <= to ? cell : `${[...cell].slice(0, Math.max(0, to - 1)).join("")}…`;
}

function pad(cell: string, to: number, numeric: boolean): string {
  const blank = " ".repeat(to - width(cell));
  return numeric ? blank + cell : cell + blank;
}

/** Code points, which is near enough to columns for what a listing holds. */
function width(text: string): number {
  return [...text].length;
}
