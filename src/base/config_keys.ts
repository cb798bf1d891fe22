import { resolve } from "node:path";
import { HorizonError } from "./errors.ts";
import { ACTOR_ID_PATTERN } from "./identity.ts";
import { LOG_LEVELS, type LogLevel } from "./log_level.ts";
import { MAX_PRICE_MICROS_PER_HOUR, parseDollars } from "./money.ts";

export type ConfigValue = string | number | boolean;

interface KeySpec {
  summary: string;
  /** JSON type of the value in the file. */
  type: "string" | "number" | "boolean";
  fallback?: ConfigValue;
  /** The value that a text spells. Throws `invalid_input` or `invalid_price`. */
  parse(text: string): ConfigValue;
}

const MAX_MINUTES = 7 * 24 * 60;
const MAX_HOURS = 366 * 24;
const MAX_TEXT_CHARS = 1024;

/** Every key of the configuration. */
export const CONFIG_KEYS = {
  registry: {
    summary: "URL of the registry; without one, the embedded registry answers",
    type: "string",
    parse: parseRegistryUrl,
  },
  registry_node: {
    summary: "node id that the registry must have",
    type: "string",
    parse: parseNodeId,
  },
  tls_ca: {
    summary: "PEM file of a certificate authority to trust besides the usual ones",
    type: "string",
    parse: parsePath,
  },
  key_file: {
    summary: "your key file; without one, key.pem in the config folder",
    type: "string",
    parse: parsePath,
  },
  max_price: {
    summary: "the most that rent and bid may pay, in dollars an hour",
    type: "string",
    parse: (text) => parsePrice("max_price", text),
  },
  min_price: {
    summary: "the least that a GPU of yours may cost, in dollars an hour",
    type: "string",
    parse: (text) => parsePrice("min_price", text),
  },
  auction_timeout: {
    summary: "how long bidding stays open, in minutes",
    type: "number",
    fallback: 10,
    parse: (text) => parseNumber("auction_timeout", text, 1, MAX_MINUTES),
  },
  default_duration_hours: {
    summary: "hours to rent for where --duration doesn't say",
    type: "number",
    fallback: 1,
    parse: (text) => parseNumber("default_duration_hours", text, 1 / 60, MAX_HOURS),
  },
  log_level: {
    summary: `what the operation log keeps: ${
      LOG_LEVELS.join(", ")
    }; debug has each request to serve`,
    type: "string",
    fallback: "info",
    parse: (text) => parseLevel(text),
  },
  allow_software: {
    summary: "true if the embedded registry lists software adapters",
    type: "boolean",
    fallback: false,
    parse: (text) => parseBoolean("allow_software", text),
  },
  private_peers: {
    summary: "true if the embedded registry may reach peers at private addresses",
    type: "boolean",
    fallback: false,
    parse: (text) => parseBoolean("private_peers", text),
  },
} as const satisfies Record<string, KeySpec>;

export type ConfigKey = keyof typeof CONFIG_KEYS;

/** Whether a text is the name of a key. */
export function isConfigKey(text: string): text is ConfigKey {
  return Object.hasOwn(CONFIG_KEYS, text);
}

function parseRegistryUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || text.length > MAX_TEXT_CHARS) {
    throw invalid("registry", text, "an http:// or https:// URL");
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw invalid("registry", url.origin, "a URL without a user, a query or a fragment");
  }
  return url.href.replace(/\/+$/, "");
}

function parseNodeId(text: string): string {
  if (!ACTOR_ID_PATTERN.test(text)) throw invalid("registry_node", text, "a node id, 'z6Mk…'");
  return text;
}

function parseLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text);
  if (level === undefined) throw invalid("log_level", text, `one of ${LOG_LEVELS.join(", ")}`);
  return level;
}

/** Absolute: the file is read from other working folders later. */
function parsePath(text: string): string {
  if (text === "" || text.length > MAX_TEXT_CHARS || /\p{Cc}/u.test(text)) {
    throw invalid("A path", text, "the path of a file");
  }
  return resolve(text);
}

/** Kept as the text that was given: money is never a binary fraction. */
function parsePrice(key: string, text: string): string {
  parseDollars(text, key, MAX_PRICE_MICROS_PER_HOUR);
  return text.trim();
}

function parseNumber(key: string, text: string, min: number, max: number): number {
  const value = /^\d{1,7}(\.\d{1,6})?$/.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max)) {
    throw invalid(key, text, `a number from ${Number(min.toFixed(4))} to ${max}`);
  }
  return value;
}

function parseBoolean(key: string, text: string): boolean {
  if (text !== "true" && text !== "false") throw invalid(key, text, "true or false");
  return text === "true";
}

function invalid(what: string, text: string, wanted: string): HorizonError {
  const shown = JSON.stringify(text.length > 40 ? text.slice(0, 40) + "…" : text);
  return new HorizonError("invalid_input", `${what} must be ${wanted}, not ${shown}.`);
}
