import { HorizonError } from "../../base/errors.ts";

/** A renter's module in memory; what it exports is not known yet. */
export interface ImportedModule {
  default?: unknown;
}

/**
 * Imports a source as a `data:` module, the one form that a compiled binary imports from memory. No
 * permission is left by then, so whatever it imports itself must be built in.
 */
export async function importSource(source: Uint8Array<ArrayBuffer>): Promise<ImportedModule> {
  return await import(`data:text/javascript;charset=utf-8;base64,${source.toBase64()}`);
}

/** What the module's frames are called where an error shows them, and the place in the source. */
const OWN_FRAME = /data:text\/javascript[^\s():]*(?:;[^\s():]*)?:(\d+):(\d+)/;
const OWN_URL = /data:text\/javascript[^\s():]*/g;
/** Colours of a terminal's. */
const COLORS = new RegExp(`${String.fromCharCode(0x1b)}\\[[0-9;]*m`, "g");

/**
 * A failure of the renter's code: what it threw and, where it is known, the line. Throws nothing,
 * whatever was thrown.
 */
export function moduleError(doing: "be imported" | "run", thrown: unknown): HorizonError {
  const { text, line } = describe(thrown);
  const where = line === null ? "" : ` (${line})`;
  const message = doing === "run"
    ? `The module failed: ${text}${where}`
    : `The module can't be imported: ${text}${where}. ` +
      `It must be one self-contained file of JavaScript; \`horizon job bundle\` makes one.`;
  return new HorizonError("module_error", message, { cause: thrown });
}

interface Description {
  text: string;
  /** "line 3, column 8" of the renter's source; null if it isn't known. */
  line: string | null;
}

function describe(thrown: unknown): Description {
  try {
    if (!(thrown instanceof Error)) {
      return { text: `it threw ${Deno.inspect(thrown)}, which is no Error`, line: null };
    }
    const found = OWN_FRAME.exec(plain(String(thrown.stack)));
    const line = found === null ? null : `line ${found[1]}, column ${found[2]}`;
    return { text: `${thrown.name}: ${firstLines(plain(thrown.message))}`, line };
  } catch {
    return { text: "it threw something that can't be shown", line: null };
  }
}

function plain(text: string): string {
  return text.replace(COLORS, "");
}

/** The message up to the frames that Deno appends, without the URL that is the source itself. */
function firstLines(message: string): string {
  return message.replace(/\n\s+at [\s\S]*$/, "").replace(OWN_URL, "the module");
}
