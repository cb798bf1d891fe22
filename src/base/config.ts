import { join } from "node:path";
import { writeFileAtomically } from "./atomic_file.ts";
import { CONFIG_KEYS, type ConfigKey, type ConfigValue, isConfigKey } from "./config_keys.ts";
import { HorizonError, messageOf } from "./errors.ts";
import { LOG_LEVELS, type LogLevel } from "./log_level.ts";
import { makePrivateFolder } from "./paths.ts";

/** The configuration with every default in place. */
export interface Config {
  registry: string | null;
  registry_node: string | null;
  tls_ca: string | null;
  key_file: string | null;
  /** Decimal dollars an hour. */
  max_price: string | null;
  /** Decimal dollars an hour. */
  min_price: string | null;
  auction_timeout: number;
  default_duration_hours: number;
  /** Null where nobody has said. */
  allow_software: boolean | null;
  /** Whether the embedded registry may reach peers at private addresses. */
  private_peers: boolean;
  /** What the operation log keeps. */
  log_level: LogLevel;
}

/** What the file says, key by key; the rest is default. */
export type ConfigEntries = Partial<Record<ConfigKey, ConfigValue>>;

const FORMAT_VERSION = 1;
/** No configuration is longer; what is, isn't one. */
const MAX_BYTES = 64 * 1024;

/** Path of the config file. */
export function configPath(config_folder: string): string {
  return join(config_folder, "config.json");
}

/**
 * What the config file says; empty where there is none. Throws `config_corrupt` for a damaged file,
 * an unknown key, a value of the wrong kind, or a newer format.
 */
export async function readEntries(config_folder: string): Promise<ConfigEntries> {
  const path = configPath(config_folder);
  const text = await readBounded(path);
  if (text === null) return {};
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (cause) {
    throw corrupt(path, `it is not JSON: ${messageOf(cause)}`, cause);
  }
  if (!isRecord(file)) throw corrupt(path, "it is not a JSON object");
  const { version, values, ...others } = file;
  if (version !== FORMAT_VERSION) {
    throw corrupt(path, `its format version is ${JSON.stringify(version)}, not ${FORMAT_VERSION}`);
  }
  const stray = Object.keys(others)[0];
  if (stray !== undefined) throw corrupt(path, `it has an unknown field "${stray}"`);
  if (!isRecord(values)) throw corrupt(path, '"values" is not a JSON object');
  return checkValues(path, values);
}

/** The configuration. Throws `config_corrupt` as `readEntries` does. */
export async function loadConfig(config_folder: string): Promise<Config> {
  const entries = await readEntries(config_folder);
  const text = (key: ConfigKey) => {
    const value = entries[key];
    return value === undefined ? null : String(value);
  };
  return {
    registry: text("registry"),
    registry_node: text("registry_node"),
    tls_ca: text("tls_ca"),
    key_file: text("key_file"),
    max_price: text("max_price"),
    min_price: text("min_price"),
    auction_timeout: Number(entries.auction_timeout ?? CONFIG_KEYS.auction_timeout.fallback),
    default_duration_hours: Number(
      entries.default_duration_hours ?? CONFIG_KEYS.default_duration_hours.fallback,
    ),
    allow_software: entries.allow_software === undefined ? null : entries.allow_software === true,
    private_peers: entries.private_peers === true,
    log_level: LOG_LEVELS.find((level) => level === entries.log_level) ??
      CONFIG_KEYS.log_level.fallback,
  };
}

/** Replaces what the config file says, in one step. */
export async function writeEntries(config_folder: string, values: ConfigEntries): Promise<void> {
  await makePrivateFolder(config_folder);
  const text = JSON.stringify({ version: FORMAT_VERSION, values }, null, 2) + "\n";
  await writeFileAtomically(configPath(config_folder), text);
}

async function readBounded(path: string): Promise<string | null> {
  const info = await Deno.stat(path).catch((cause) => {
    if (cause instanceof Deno.errors.NotFound) return null;
    throw corrupt(path, messageOf(cause), cause);
  });
  if (info === null) return null;
  if (!info.isFile || info.size > MAX_BYTES) throw corrupt(path, "it is not a config file");
  return await Deno.readTextFile(path);
}

function checkValues(path: string, values: Record<string, unknown>): ConfigEntries {
  const entries: ConfigEntries = {};
  for (const [key, value] of Object.entries(values)) {
    if (!isConfigKey(key)) throw corrupt(path, `it has an unknown key "${key}"`);
    const spec = CONFIG_KEYS[key];
    const type: string = typeof value;
    if (type !== spec.type) throw corrupt(path, `"${key}" is not a ${spec.type}`);
    try {
      entries[key] = spec.parse(String(value));
    } catch (cause) {
      throw corrupt(path, `"${key}": ${messageOf(cause)}`, cause);
    }
  }
  return entries;
}

function corrupt(path: string, why: string, cause?: unknown): HorizonError {
  return new HorizonError("config_corrupt", `The config file ${path} can't be used: ${why}.`, {
    cause,
    fix: "Correct the file, or remove it to start from the defaults.",
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
