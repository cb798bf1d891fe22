import { figureText } from "./job_progress.ts";

/** A point of a curve; both numbers are finite. */
export interface PlotPoint {
  x: number;
  y: number;
}

/** How a chart is drawn. */
export interface PlotStyle {
  /** Characters of a line at most, labels included. */
  columns: number;
  /** Lines of the chart itself. */
  rows: number;
  /** Dots of braille, eight to a character, instead of asterisks. */
  unicode: boolean;
  /** What stands under the left and the right end. */
  ends: readonly [string, string];
}

/** Dots of one character, across and down, and the bit of each in a braille pattern, row by row. */
const BRAILLE = { across: 2, down: 4, bits: [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80] };
const ASCII = { across: 1, down: 1, bits: [1] };
const BRAILLE_BLANK = 0x2800;
const MIN_COLUMNS = 2;

/**
 * A curve through points in order of x, drawn in characters: its largest and smallest value stand on
 * the left, its ends below. Lines end with a line break; "" where there are no points.
 */
export function plot(points: readonly PlotPoint[], style: PlotStyle): string {
  if (points.length === 0) return "";
  const [x_min, x_max] = rangeOf(points.map(({ x }) => x));
  const [y_min, y_max] = rangeOf(points.map(({ y }) => y));
  const labels = [figureText(y_max), figureText(y_min)] as const;
  const margin = Math.max(...labels.map((label) => label.length));
  const columns = Math.max(MIN_COLUMNS, style.columns - margin - 2);
  const canvas = new Canvas(columns, style.rows, style.unicode);
  let last: readonly [number, number] | null = null;
  for (const { x, y } of points) {
    const place = [
      Math.round(shareOf(x, x_min, x_max) * (canvas.width - 1)),
      Math.round((1 - shareOf(y, y_min, y_max)) * (canvas.height - 1)),
    ] as const;
    canvas.line(last ?? place, place);
    last = place;
  }
  const [bar, corner, floor] = style.unicode ? ["│", "└", "─"] : ["|", "+", "-"];
  const drawn = canvas.lines().map((line, row) => {
    const label = row === 0 ? labels[0] : row === style.rows - 1 ? labels[1] : "";
    return `${label.padStart(margin)} ${bar}${line}`.trimEnd();
  });
  const [left, right] = style.ends;
  const below = left + right.padStart(Math.max(columns - left.length, right.length + 1));
  const indent = " ".repeat(margin + 1);
  return [...drawn, `${indent}${corner}${floor.repeat(columns)}`, `${indent} ${below}`]
    .map((line) => line + "\n").join("");
}

/** The smallest and the largest of some numbers, however many there are. */
function rangeOf(values: readonly number[]): [number, number] {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return [min, max];
}

/** Where a value lies between two others, 0 to 1; in the middle where they are the same. */
function shareOf(value: number, min: number, max: number): number {
  // Halves, since the difference of the largest numbers is infinite.
  const span = max / 2 - min / 2;
  return span > 0 ? Math.min(1, (value / 2 - min / 2) / span) : 0.5;
}

/** Dots that become characters. */
class Canvas {
  /** Dots across and down. */
  readonly width: number;
  readonly height: number;
  readonly #columns: number;
  readonly #dots: typeof BRAILLE;
  readonly #cells: Uint8Array;

  constructor(columns: number, rows: number, unicode: boolean) {
    this.#dots = unicode ? BRAILLE : ASCII;
    this.#columns = columns;
    this.width = columns * this.#dots.across;
    this.height = rows * this.#dots.down;
    this.#cells = new Uint8Array(columns * rows);
  }

  /** A straight line from dot to dot, both included. */
  line([x0, y0]: readonly [number, number], [x1, y1]: readonly [number, number]): void {
    const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1);
    for (let step = 0; step <= steps; step++) {
      const share = step / steps;
      this.#set(Math.round(x0 + (x1 - x0) * share), Math.round(y0 + (y1 - y0) * share));
    }
  }

  /** The characters, row by row. */
  lines(): string[] {
    const texts = Array.from(this.#cells, (bits) => {
      if (bits === 0) return " ";
      return this.#dots === BRAILLE ? String.fromCodePoint(BRAILLE_BLANK + bits) : "*";
    });
    return Array.from({ length: texts.length / this.#columns }, (_, row) => {
      return texts.slice(row * this.#columns, (row + 1) * this.#columns).join("");
    });
  }

  #set(x: number, y: number): void {
    const { across, down, bits } = this.#dots;
    const at = Math.floor(y / down) * this.#columns + Math.floor(x / across);
    this.#cells[at] = (this.#cells[at] ?? 0) | (bits[(y % down) * across + x % across] ?? 0);
  }
}
