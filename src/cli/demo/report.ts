import type { HorizonError } from "../../base/errors.ts";
import type { AdapterDescription } from "../../gpu/adapter.ts";
import { type Output } from "../output.ts";
import { printable } from "../../base/printable.ts";
import { Progress } from "../progress.ts";

const SOFTWARE_NOTE =
  "It is a SOFTWARE adapter: a program on the CPU, not a GPU. All that follows is real, only slow,\n" +
  "and the proof will call it what it is.\n";
const BOLD = "\x1b[1m";
const DIM = "\x1b[2m";
const RESET = "\x1b[0m";

/** What the demo tells: numbered steps for people; with `--json` nothing until its one document. */
export class Report {
  readonly #out: Output;
  readonly #progress: Progress;
  #steps = 0;

  constructor(out: Output) {
    this.#out = out;
    this.#progress = new Progress(out);
  }

  /** What the demo is about to use. */
  adapter(adapter: AdapterDescription): void {
    const name = adapter.description || adapter.device || "unnamed";
    this.#print(`This machine's adapter: ${printable(name)}\n`);
    if (adapter.kind === "software") this.#print(SOFTWARE_NOTE);
  }

  /** What to install, and what can be shown all the same. */
  noAdapter(error: HorizonError): void {
    this.#print(`${error.message}. ${error.fix ?? ""}\n`);
    this.#print("What needs an adapter is left out: the proof, the rental and the job.\n");
  }

  /** The last word. */
  end(adapter: AdapterDescription | null): void {
    const next = "Your turn: horizon init, then horizon --help.\n";
    const missing = "Install a driver, then run the demo again to see a GPU at work.\n";
    this.#print(`\n${adapter === null ? missing : next}`);
  }

  /** A heading over the steps that follow. */
  chapter(title: string): void {
    this.#print(`\n${this.#in(BOLD, title)}\n`);
  }

  /** The next step, and the command line that does it. */
  step(title: string, ...commands: string[]): void {
    this.#steps += 1;
    const lines = commands.map((command) => `   ${this.#in(DIM, `$ horizon ${command}`)}\n`);
    this.#print(`\n${this.#steps}. ${title}\n${lines.join("")}`);
  }

  /** What came of it. */
  fact(text: string): void {
    this.#print(`   ${printable(text).replaceAll("\n", "\n   ")}\n`);
  }

  /** What happens just now; shown only where a line can be rewritten. */
  now(text: string): void {
    if (this.#out.live && !this.#out.json) this.#progress.update(`   … ${text}`);
  }

  #in(style: string, text: string): string {
    return this.#out.colour ? style + text + RESET : text;
  }

  #print(text: string): void {
    this.#progress.done();
    if (!this.#out.json) this.#out.item(null, text);
  }
}
