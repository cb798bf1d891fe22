import { printable } from "../base/printable.ts";
import type { Env } from "../base/paths.ts";
import type { Io } from "./io.ts";

/**
 * Where a command speaks: data on stdout, everything else on stderr. With `--json` stdout gets one
 * JSON document, or, from a command that follows something, one a line. With `--quiet` stderr gets
 * errors and questions alone, and with `--curl` stdout has the requests instead of the answer.
 */
export class Output {
  readonly json: boolean;
  /** True where stdout may carry colours. */
  readonly colour: boolean;
  /** True where stderr is a terminal that a progress line may rewrite. */
  readonly live: boolean;
  /** True where the terminal shows characters beyond ASCII, as its locale says. */
  readonly unicode: boolean;
  readonly #io: Io;
  readonly #isQuiet: boolean;
  readonly #isCurl: boolean;
  #results = 0;

  constructor(io: Io, json: boolean, { quiet = false, curl = false } = {}) {
    const noColour = (io.env.get("NO_COLOR") ?? "") !== "";
    this.#io = io;
    this.#isQuiet = quiet || curl;
    this.#isCurl = curl;
    this.json = json;
    this.colour = io.stdout_is_terminal && !noColour && !json;
    this.unicode = isUtf8(io.env);
    this.live = io.stderr_is_terminal && io.env.get("TERM") !== "dumb" && !quiet;
  }

  /** How wide the terminal is now, in characters. */
  get columns(): number {
    return this.#io.columns();
  }

  /** How wide a table may be; null where no terminal bounds it. */
  get width(): number | null {
    return this.#io.stdout_is_terminal ? this.#io.columns() : null;
  }

  /** True once stdout has a document. */
  get answered(): boolean {
    return this.#results > 0;
  }

  /** The command's one answer: the document with `--json`, else its text. */
  result(document: unknown, text: string): void {
    this.#results++;
    if (this.#isCurl) return;
    this.#io.stdout(ended(this.json ? JSON.stringify(document) : text));
  }

  /** One of many answers, of a command that follows something: a JSON line, or a line of text. */
  item(document: unknown, text: string): void {
    this.result(document, text);
  }

  /** A line on stdout whatever the answer is: an error's document, or a request with `--curl`. */
  print(line: string): void {
    this.#results++;
    this.#io.stdout(line);
  }

  /** A line for the person, on stderr, unless they want quiet. Control characters are shown as '·'. */
  note(text: string): void {
    if (!this.#isQuiet) this.warn(text);
  }

  /** A line that nobody may miss: an error, or what a question is about. */
  warn(text: string): void {
    this.#io.stderr(ended(printable(text)));
  }

  /** Text on stderr as it is, for a line that is rewritten. */
  raw(text: string): void {
    this.#io.stderr(text);
  }
}

/** What POSIX says of the locale; the plainest terminals lack the characters all the same. */
function isUtf8(env: Env): boolean {
  const given = ["LC_ALL", "LC_CTYPE", "LANG"].map((name) => env.get(name) ?? "");
  const locale = given.find((value) => value !== "") ?? "";
  return /utf-?8/i.test(locale) && !["dumb", "linux"].includes(env.get("TERM") ?? "");
}

function ended(text: string): string {
  return text.endsWith("\n") || text === "" ? text : text + "\n";
}
