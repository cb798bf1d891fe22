import { isIP } from "node:net";

/** What must not leave this machine, by its exact text. */
export interface Known {
  /** Keys, tokens, passwords: gone without a trace. */
  secrets: readonly string[];
  /** Folders → what stands in their place: the home is "~". */
  folders: ReadonlyMap<string, string>;
  /** Names of the person and of the machine → what stands in their place. */
  names: ReadonlyMap<string, string>;
}

const GONE = "<redacted>";
/** Shorter texts are no secrets, and their replacement would garble everything else. */
const MIN_SECRET_CHARS = 8, MIN_NAME_CHARS = 2;

/** Words that make a field, a variable or a parameter a secret wherever they stand in its name. */
const SECRET_PART =
  "token|secret|passw(?:or)?d|passphrase|authorization|bearer|cookie|credential|" +
  "api[-_]?key|private[-_]?key|access[-_]?key|mnemonic";
/** Words that do so alone, or set off by '-', '_' or '.'. */
const SECRET_WORD = "pwd|pass|salt|seed|sig|signature|session|auth";
const SECRET_NAME = `(?:[\\w.-]*(?:${SECRET_PART})[\\w.-]*|(?:[\\w.-]*[-_.])?(?:${SECRET_WORD})` +
  "(?:[-_.][\\w.-]*)?)";
const SECRET_FIELD = new RegExp(`^${SECRET_NAME}$`, "i");
/** `name=value`, `name: value`, `"name":"value"`, `--name value`. */
const SECRET_IN_TEXT = new RegExp(
  `((?<![\\w.-])${SECRET_NAME}\\\\*["']?\\s*[:=]\\s*|--${SECRET_NAME}\\s+)` +
    `(?:(?:bearer|basic|digest)\\s+)?("[^"]*"|'[^']*'|[^\\s,;&})\\]]+)`,
  "gi",
);
const AUTHENTICATION = /\b(bearer|basic|digest)\s+[\w.~+/=-]{6,}/gi;
const PEM = /-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/g;
const URL_TEXT = /\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s"'<>`]+/gi;
const EMAIL = /[\w.+%-]+@[\w-]+(?:\.[\w-]+)+/g;
const HOME_PATH = /((?:\/home|\/Users|[A-Za-z]:\\Users|\\Users)[/\\])[^/\\\s"':;,]+/g;
const ACTOR_ID = /z6Mk[1-9A-HJ-NP-Za-km-z]{44}/g;
const IPV4 = /(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?!\d)/g;
const IPV6 = /(?<!\w)(?:[0-9a-f]{0,4}:){2,7}[0-9a-f.]{0,15}(?:%\w+)?(?!\w)/gi;
/** A long run of letters and digits: base64, hexadecimal, a ULID. */
const OPAQUE = /[A-Za-z0-9+/_=-]{24,}/g;
/** Addresses that say nothing of where anybody is. */
const NOWHERE = /^(127\.|0\.0\.0\.0$|::$|::1$)/;

/**
 * Takes out of texts and JSON values what identifies a person or opens a door: secrets, keys, tokens,
 * addresses, user names, home folders, URLs' users and queries. Ids and addresses get a number each,
 * the same wherever they stand, so that a reader still sees what belongs together.
 */
export class Redactor {
  readonly #known: [text: string, shown: string][];
  readonly #names: [pattern: RegExp, shown: string][];
  readonly #numbers = new Map<string, string>();

  constructor(known: Known) {
    const secrets = known.secrets.filter((text) => text.length >= MIN_SECRET_CHARS)
      .map((text): [string, string] => [text, GONE]);
    const folders = [...known.folders].filter(([text]) => text.length >= MIN_NAME_CHARS);
    // The longer text first: one may hold another.
    this.#known = [...secrets, ...folders].sort(([a], [b]) => b.length - a.length);
    this.#names = [...known.names].filter(([text]) => text.length >= MIN_NAME_CHARS)
      .map(([text, shown]) => [new RegExp(`(?<![\\w])${escaped(text)}(?![\\w])`, "gi"), shown]);
  }

  /** A text without what must not leave. */
  text(given: string): string {
    let text = given.replace(PEM, GONE);
    for (const [known, shown] of this.#known) text = text.replaceAll(known, shown);
    text = text.replace(URL_TEXT, bareUrl)
      .replace(SECRET_IN_TEXT, `$1${GONE}`)
      .replace(AUTHENTICATION, `$1 ${GONE}`)
      .replace(EMAIL, "<email>")
      .replace(HOME_PATH, "$1<user>");
    for (const [pattern, shown] of this.#names) text = text.replace(pattern, shown);
    return text.replace(ACTOR_ID, (id) => this.#numbered("id", id))
      .replace(IPV4, (address) => this.#address(address))
      .replace(IPV6, (address) => this.#address(address))
      .replace(OPAQUE, opaque);
  }

  /** A JSON value likewise; the value of a field with a secret's name is gone, whatever it is. */
  value(given: unknown): unknown {
    if (typeof given === "string") return this.text(given);
    if (Array.isArray(given)) return given.map((item) => this.value(item));
    if (typeof given !== "object" || given === null) return given;
    return Object.fromEntries(
      Object.entries(given).map(([key, value]) => [
        this.text(key),
        isSecretField(key) && value !== null ? GONE : this.value(value),
      ]),
    );
  }

  #address(text: string): string {
    // The end of a sentence, or of "address: reason", is none of the address.
    const end = /[^:]:$|\.$/.test(text) ? text.slice(-1) : "";
    const address = text.slice(0, text.length - end.length);
    const bare = address.replace(/%.*/, "");
    if (isIP(bare) === 0 || NOWHERE.test(bare)) return text;
    return this.#numbered("ip", address) + end;
  }

  #numbered(kind: "id" | "ip", text: string): string {
    const known = this.#numbers.get(`${kind} ${text}`);
    if (known !== undefined) return known;
    const count = [...this.#numbers.keys()].filter((key) => key.startsWith(`${kind} `)).length;
    const shown = `<${kind}:${count + 1}>`;
    this.#numbers.set(`${kind} ${text}`, shown);
    return shown;
  }
}

function isSecretField(key: string): boolean {
  return SECRET_FIELD.test(key.replace(/([a-z])([A-Z])/g, "$1_$2"));
}

/** A URL without user, query and fragment. */
function bareUrl(url: string): string {
  const rest = url.indexOf("://") + 3;
  const end = rest + url.slice(rest).search(/[/?#]|$/);
  const authority = url.slice(rest, end);
  const path = url.slice(end).replace(/[?#].*$/s, "");
  return url.slice(0, rest) + authority.slice(authority.lastIndexOf("@") + 1) + path;
}

/** As long as a key of 32 bytes in base64 or base58, which may do without a digit. */
const KEY_CHARS = 40;

/** Words of a path or of a name stay; what has digits, or is as long as a key, could be one. */
function opaque(run: string): string {
  const isMixed = /[a-z]/.test(run) && /[A-Z]/.test(run);
  if (isMixed && (/\d/.test(run) || run.length >= KEY_CHARS)) return GONE;
  const parts = run.split("/");
  return parts.map((part) => part.length >= 24 && /\d/.test(part) ? GONE : part).join("/");
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
