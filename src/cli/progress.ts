import { type Output } from "./output.ts";
import { printable } from "../base/printable.ts";

/**
 * Says on stderr how far long work has come: one line that is rewritten on a terminal, plain lines
 * elsewhere.
 */
export class Progress {
  readonly #out: Output;
  #shown = "";

  constructor(out: Output) {
    this.#out = out;
  }

  /** Shows where the work is now, if that is news. What doesn't fit a terminal's line is cut. */
  update(text: string): void {
    const whole = printable(text).replace(/[\n\t]/g, " ");
    const line = this.#out.live ? [...whole].slice(0, this.#out.columns - 1).join("") : whole;
    if (line === this.#shown) return;
    this.#shown = line;
    if (this.#out.live) this.#out.raw(`\r\x1b[2K${line}`);
    else this.#out.note(line);
  }

  /** Takes the rewritten line away. */
  done(): void {
    if (this.#out.live && this.#shown !== "") this.#out.raw("\r\x1b[2K");
    this.#shown = "";
  }
}
