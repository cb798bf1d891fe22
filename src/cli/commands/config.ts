import { configPath, readEntries, writeEntries } from "../../base/config.ts";
import {
  CONFIG_KEYS,
  type ConfigKey,
  type ConfigValue,
  isConfigKey,
} from "../../base/config_keys.ts";
import { HorizonError } from "../../base/errors.ts";
import { didYouMean, shown } from "../args.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { table } from "../table.ts";

const KEYS = Object.keys(CONFIG_KEYS).filter(isConfigKey);

export const command = defineCommand({
  name: "config",
  summary: "Show or change the configuration",
  about: "Keys:\n" + KEYS.map((key) => `  ${key}: ${CONFIG_KEYS[key].summary}\n`).join(""),
  args: {
    key: { summary: "a key, see below", optional: true },
    value: { summary: "its new value, with --set", optional: true },
  },
  flags: {
    set: { kind: "boolean", summary: "set <key> to <value>" },
    get: { kind: "boolean", summary: "print the value of <key>" },
    unset: { kind: "boolean", summary: "take <key> back to its default" },
    list: { kind: "boolean", summary: "print every key with its value (the default)" },
    path: { kind: "boolean", summary: "print the path of the config file" },
  },
  examples: [
    "horizon config --set max_price 0.50",
    "horizon config --set registry https://registry.example",
    "horizon config --get max_price",
    "horizon config --unset registry",
  ],
  local: true,
  async run(ctx, { args, flags }) {
    const verbs = [flags.set, flags.get, flags.unset, flags.list, flags.path].filter(Boolean);
    if (verbs.length > 1) throw usage("Give one of --set, --get, --unset, --list and --path.");
    if (flags.set) return await set(ctx, args.key, args.value);
    if (args.value !== undefined) throw usage("A value needs --set.");
    if (flags.get) return await get(ctx, args.key);
    if (flags.unset) return await unset(ctx, args.key);
    if (args.key !== undefined) throw usage("A key needs --set, --get or --unset.");
    const path = configPath(ctx.folders.config);
    if (flags.path) ctx.out.result({ path }, path);
    else await list(ctx, path);
  },
});

async function set(ctx: Context, name: string | undefined, text: string | undefined) {
  const key = readKey(name);
  if (text === undefined) throw usage(`--set ${key} needs a value.`);
  const value = CONFIG_KEYS[key].parse(text);
  const entries = await readEntries(ctx.folders.config);
  await writeEntries(ctx.folders.config, { ...entries, [key]: value });
  ctx.out.result({ key, value }, `${key} = ${value}`);
}

async function get(ctx: Context, name: string | undefined) {
  const key = readKey(name);
  const value = (await readEntries(ctx.folders.config))[key] ?? fallbackOf(key);
  if (value === null) ctx.out.note(`${key} is not set.`);
  ctx.out.result({ key, value }, value === null ? "" : String(value));
}

async function unset(ctx: Context, name: string | undefined) {
  const key = readKey(name);
  const { [key]: old, ...others } = await readEntries(ctx.folders.config);
  await writeEntries(ctx.folders.config, others);
  if (old === undefined) ctx.out.note(`${key} was not set.`);
  const value = fallbackOf(key);
  ctx.out.result({ key, value }, value === null ? "" : `${key} = ${value}`);
}

async function list(ctx: Context, path: string) {
  const entries = await readEntries(ctx.folders.config);
  const values = Object.fromEntries(KEYS.map((key) => [key, entries[key] ?? fallbackOf(key)]));
  const rows = KEYS.map((key) => [
    key,
    String(values[key] ?? "-"),
    entries[key] === undefined ? "default" : "set",
  ]);
  const columns = [{ heading: "KEY" }, { heading: "VALUE" }, { heading: "FROM" }];
  ctx.out.result({ path, values }, table(columns, rows, ctx.out));
}

function fallbackOf(key: ConfigKey): ConfigValue | null {
  const spec = CONFIG_KEYS[key];
  return "fallback" in spec ? spec.fallback : null;
}

function readKey(name: string | undefined): ConfigKey {
  if (name === undefined) throw usage("Name a key.");
  if (isConfigKey(name)) return name;
  throw new HorizonError(
    "unknown_key",
    `There is no configuration key ${shown(name)}.${didYouMean(name, KEYS)}`,
    { fix: "Run: horizon config --list" },
  );
}

function usage(message: string): HorizonError {
  return new HorizonError("invalid_input", message, { fix: "Run: horizon config --help" });
}
