/** Keys that are no characters, by what terminals send for them. */
const NAMED: Readonly<Record<string, string>> = {
  "\x1b[A": "up",
  "\x1bOA": "up",
  "\x1b[B": "down",
  "\x1bOB": "down",
  "\x1b[C": "right",
  "\x1bOC": "right",
  "\x1b[D": "left",
  "\x1bOD": "left",
  "\x1b[5~": "page-up",
  "\x1b[6~": "page-down",
  "\x1b[H": "home",
  "\x1b[F": "end",
  "\r": "enter",
  "\n": "enter",
  "\t": "tab",
  "\x7f": "backspace",
  "\b": "backspace",
  "\x1b": "escape",
  "\x03": "interrupt",
};
// deno-lint-ignore no-control-regex -- what terminals send begins with an escape
const KEY = /\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Z])|[^]/gu;

/** The keys in what a terminal sent: names of special ones, and characters. Others are left out. */
export function keysIn(text: string): string[] {
  return (text.match(KEY) ?? []).flatMap((sent) => {
    const name = NAMED[sent];
    if (name !== undefined) return [name];
    return /^\P{C}$/u.test(sent) ? [sent] : [];
  });
}
