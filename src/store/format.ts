import { HorizonError } from "../base/errors.ts";
import { writeDurably } from "./durable_file.ts";
import { BLOB_FOLDER, JOURNAL_FILE, SNAPSHOT_FOLDER } from "./layout.ts";
import { copyAside, putCopyBack } from "./migration_copy.ts";

/** Version of the data folder's format: of the KV file's keys and values, snapshots and blobs. */
export const DATA_FORMAT = 1;

/** Turns a folder of one format into the next: `MIGRATIONS.get(1)` makes 2 of 1. */
export type Migration = (folder: string) => Promise<void>;

/** The steps from every older format. The first format has none before it. */
const MIGRATIONS: ReadonlyMap<number, Migration> = new Map();

const FORMAT_FILE = "format.json";

/** What `format.json` says. */
export interface FormatRecord {
  format: number;
  /** The format that a migration was heading for when it was cut off. */
  migrating_to?: number;
}

/** The format to bring a folder to, and the way there. */
interface Target {
  format: number;
  migrations: ReadonlyMap<number, Migration>;
}

/**
 * Brings a locked data folder to the current format. A new folder gets it; an older one is backed up
 * to `backup-format-<n>` and migrated, from that backup again where an earlier attempt was cut off.
 * Throws `data_newer` for a newer one and `data_corrupt` where the version is missing or no migration
 * is known.
 */
export async function bringToFormat(
  folder: string,
  target: Target = { format: DATA_FORMAT, migrations: MIGRATIONS },
): Promise<void> {
  const found = await readFormat(folder);
  if (found !== null) {
    const reached = found.migrating_to ?? found.format;
    if (reached > target.format) throw newer(folder, reached, target.format);
    if (found.format === target.format) return;
    await migrate(folder, found, target);
  }
  await writeFormat(folder, { format: target.format });
}

async function migrate(folder: string, found: FormatRecord, target: Target): Promise<void> {
  const steps: Migration[] = [];
  for (let from = found.format; from < target.format; from++) {
    const step = target.migrations.get(from);
    if (step === undefined) throw corrupt(folder, `its format ${from} has no migration`);
    steps.push(step);
  }
  const backup = `${folder}/backup-format-${found.format}`;
  if (found.migrating_to === undefined) await copyAside(folder, backup);
  else await putCopyBack(backup, folder);
  await writeFormat(folder, { format: found.format, migrating_to: target.format });
  for (const step of steps) await step(folder);
}

/** The format of a folder; null for one that holds no data yet. Throws `data_corrupt`. */
export async function readFormat(folder: string): Promise<FormatRecord | null> {
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
  if (isFormatRecord(value)) return value;
  throw corrupt(folder, `${FORMAT_FILE} can't be read`);
}

function isFormatRecord(value: unknown): value is FormatRecord {
  return typeof value === "object" && value !== null &&
    "format" in value && isVersion(value.format) &&
    (!("migrating_to" in value) || isVersion(value.migrating_to));
}

function isVersion(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

async function writeFormat(folder: string, record: FormatRecord): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(record) + "\n");
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
