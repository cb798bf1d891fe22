import { HorizonError } from "../base/errors.ts";
import { backUp, restore } from "./backup.ts";
import { writeDurably } from "./durable_file.ts";
import { BLOB_FOLDER, JOURNAL_FILE, SNAPSHOT_FOLDER } from "./layout.ts";

/** Version of the data folder's format: of the KV file's keys and values, snapshots and blobs. */
export const DATA_FORMAT = 1;

/** Turns a folder of one format into the next: `MIGRATIONS.get(1)` makes 2 of 1. */
export type Migration = (folder: string) => Promise<void>;

/** The steps from every older format. The first format has none before it. */
const MIGRATIONS: ReadonlyMap<number, Migration> = new Map();

const FORMAT_FILE = "format.json";

/**
 * Brings a locked data folder to the current format. A new folder gets it; an older one is backed up
 * to `backup-format-<n>` and migrated, beginning from that backup again where an earlier attempt
 * was cut off. Throws `data_newer` for a newer one and `data_corrupt` where the version is missing or
 * no migration is known.
 */
export async function bringToFormat(
  folder: string,
  target: { format: number; migrations: ReadonlyMap<number, Migration> } = {
    format: DATA_FORMAT,
    migrations: MIGRATIONS,
  },
): Promise<void> {
  const found = await readFormat(folder);
  if (found === target.format) return;
  if (found !== null) {
    if (found > target.format) throw newer(folder, found, target.format);
    await migrate(folder, found, target);
  }
  await writeFormat(folder, target.format);
}

async function migrate(
  folder: string,
  found: number,
  target: { format: number; migrations: ReadonlyMap<number, Migration> },
): Promise<void> {
  const backup = `${folder}/backup-format-${found}`;
  if (!await restore(backup, folder)) await backUp(folder, backup);
  for (let from = found; from < target.format; from++) {
    const step = target.migrations.get(from);
    if (step === undefined) throw corrupt(folder, `format ${from} has no migration`);
    await step(folder);
  }
}

/** The format of a folder; null for one that holds no data yet. */
async function readFormat(folder: string): Promise<number | null> {
  let text: string;
  try {
    text = await Deno.readTextFile(`${folder}/${FORMAT_FILE}`);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    if (await holdsData(folder)) throw corrupt(folder, `${FORMAT_FILE} is missing`);
    return null;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (
    typeof value === "object" && value !== null && "format" in value &&
    typeof value.format === "number" && Number.isSafeInteger(value.format) && value.format > 0
  ) return value.format;
  throw corrupt(folder, `${FORMAT_FILE} can't be read`);
}

async function writeFormat(folder: string, format: number): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify({ format }) + "\n");
  await writeDurably(`${folder}/${FORMAT_FILE}`, [bytes]);
}

/** The format is written before any of these, so they can't be there without it. */
async function holdsData(folder: string): Promise<boolean> {
  for await (const { name } of Deno.readDir(folder)) {
    if (name === JOURNAL_FILE || name === SNAPSHOT_FOLDER || name === BLOB_FOLDER) return true;
  }
  return false;
}

function newer(folder: string, found: number, known: number): HorizonError {
  const message =
    `The data folder ${folder} has format ${found}, and this version knows formats up to ${known}`;
  return new HorizonError("data_newer", message, {
    fix: "Use the version of Horizon that wrote it, or a newer one.",
    details: { found, known },
  });
}

function corrupt(folder: string, what: string): HorizonError {
  return new HorizonError("data_corrupt", `The data folder ${folder} is damaged: ${what}`, {
    fix: "Restore the data folder from a backup.",
  });
}
