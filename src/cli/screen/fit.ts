import stringWidth from "string-width";
import { printable } from "../../base/printable.ts";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** How many columns of a terminal a text takes. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/**
 * A text of others' as one line of at most so many columns: control characters and turns of the reading
 * direction are shown as '·', and what is cut off as "…".
 */
export function fit(text: string, columns: number): string {
  const line = printable(text).replace(/\s/g, " ");
  if (columns <= 0) return "";
  if (widthOf(line) <= columns) return line;
  let kept = "";
  let width = 0;
  for (const { segment } of graphemes.segment(line)) {
    const more = widthOf(segment);
    if (width + more > columns - 1) break;
    kept += segment;
    width += more;
  }
  return kept + "…";
}
