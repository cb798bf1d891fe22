import type { Output } from "./output.ts";
import { Progress } from "./progress.ts";

/** Parts of the whole between two lines where there is no terminal to rewrite one. */
const STEPS = 10;

/** How far work along a feed has come: each hundredth on a terminal, each tenth elsewhere. */
export class EventProgress {
  readonly #progress: Progress;
  readonly #steps: number;
  readonly #doing: string;
  #step = -1;

  constructor(out: Output, doing: string) {
    this.#progress = new Progress(out);
    this.#steps = out.live ? STEPS * STEPS : STEPS;
    this.#doing = doing;
  }

  /** Shows the event that was reached, of how many, where that is a step further. */
  update(seq: number, of: number): void {
    const step = of === 0 ? 0 : Math.floor(seq * this.#steps / of);
    if (step === this.#step) return;
    this.#step = step;
    this.#progress.update(`${this.#doing} event ${seq} of ${of}`);
  }

  /** Takes the line away. */
  done(): void {
    this.#progress.done();
  }
}
