import { resolve } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { HorizonError } from "../../base/errors.ts";
import { loadKeyFile, NODE_KEY_FILE } from "../../base/keyfile.ts";
import { deserialize, type MarketState, serialize } from "../../market/market.ts";
import { Archive } from "../../store/archive.ts";
import { checkJournalFile } from "../../store/file_check.ts";
import { DATA_FORMAT, readFormat } from "../../store/format.ts";
import { Journal } from "../../store/journal.ts";
import { BLOB_FOLDER, JOURNAL_FILE, OPENING_FOLDER, SNAPSHOT_FOLDER } from "../../store/layout.ts";
import { lockFolder } from "../../store/lock.ts";
import { checkWhereFeedLies } from "../../store/shared_store.ts";
import { checkBlobs, checkNamedBlobs } from "./blob_check.ts";
import { FeedCheck } from "./feed_check.ts";
import { type Finding, Findings } from "./findings.ts";
import { checkOpenings } from "./opening_check.ts";
import { compareSnapshots, findSnapshots } from "./snapshot_check.ts";

export type { Finding } from "./findings.ts";

export interface FsckOptions {
  folder: string;
  clock: Clock;
  onProgress: (seq: number, of: number) => void;
}

/**
 * Checks all that lies in a data folder that no process holds, and changes nothing in it. Throws
 * `folder_busy`, `not_found`, `invalid_input` (its feed lies on a shared store); whatever is wrong with the folder is a finding.
 */
export async function checkFolder(options: FsckOptions): Promise<Finding[]> {
  const folder = resolve(options.folder);
  if (!await holdsAnything(folder)) {
    throw new HorizonError("not_found", `There is no data in the folder ${folder}.`, {
      fix: "Name the data folder with --data.",
    });
  }
  await checkWhereFeedLies(folder, null).catch(explainShared);
  const lock = await lockFolder(folder, { wait_ms: 0, clock: options.clock }).catch(explainBusy);
  try {
    const findings = new Findings();
    await checkLocked(folder, findings, options.onProgress);
    return findings.rows;
  } finally {
    lock.release();
  }
}

/** Asked before the lock, which would leave its file in a folder that a restore wants empty. */
async function holdsAnything(folder: string): Promise<boolean> {
  try {
    for await (const _ of Deno.readDir(folder)) return true;
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
  return false;
}

async function checkLocked(
  folder: string,
  findings: Findings,
  onProgress: FsckOptions["onProgress"],
): Promise<void> {
  const isReadable = await found(findings, "format", async () => {
    const record = await readFormat(folder);
    if (record === null) throw corrupt("the folder holds no data");
    if (record.format !== DATA_FORMAT) throw corrupt(`the format is ${record.format}`);
    await Deno.stat(`${folder}/${JOURNAL_FILE}`).catch(() => {
      throw corrupt(`${JOURNAL_FILE} is missing`);
    });
    // Deno KV ends the whole process on a file that is damaged.
    checkJournalFile(`${folder}/${JOURNAL_FILE}`);
    return `format ${DATA_FORMAT}, and the journal's file is sound`;
  });
  let node_id: string | null = null;
  await found(findings, "key", async () => {
    node_id = (await loadKeyFile(`${folder}/${NODE_KEY_FILE}`)).id;
    return `the registry is ${node_id}`;
  });
  const blobs = await checkBlobs(`${folder}/${BLOB_FOLDER}`, findings);
  if (!isReadable || node_id === null) return;
  const state = await checkJournal(folder, node_id, findings, onProgress);
  await found(findings, "balances", () => Promise.resolve(balancesOf(state)));
  if (state === null) return;
  await checkNamedBlobs(state, blobs, findings);
  await checkOpenings(`${folder}/${OPENING_FOLDER}`, state, findings);
}

/** Feed, snapshots and archive; the state after the last event, if it can be decided. */
async function checkJournal(
  folder: string,
  node_id: string,
  findings: Findings,
  onProgress: FsckOptions["onProgress"],
): Promise<MarketState | null> {
  const snapshots = await findSnapshots(`${folder}/${SNAPSHOT_FOLDER}`, findings);
  using kv = await Deno.openKv(`${folder}/${JOURNAL_FILE}`);
  let journal: Journal | null = null;
  await found(findings, "head", async () => {
    journal = await Journal.open(kv);
    const { watermark_seq } = await Archive.open(kv);
    const seq = journal.head?.seq ?? 0;
    if (watermark_seq > seq) throw corrupt(`the archive is ahead of it, at event ${watermark_seq}`);
    return `event ${seq}, in epoch ${journal.epoch}`;
  });
  if (journal === null) return null;
  const wanted = new Set(snapshots.map(({ head }) => head.seq));
  const { state, at } = await new FeedCheck(node_id, wanted, findings).run(journal, onProgress);
  compareSnapshots(snapshots, at, findings);
  return state;
}

/** Reading a state back checks that it agrees with itself. Throws `data_corrupt`. */
function balancesOf(state: MarketState | null): string {
  if (state === null) throw corrupt("not known: the feed can't be decided to its end");
  deserialize(serialize(state));
  return `the money of ${state.accounts.size} accounts sums to zero, and holds are what is held`;
}

/** Adds what the check says is right, or why it isn't; true if it is. */
async function found(
  findings: Findings,
  check: string,
  work: () => Promise<string>,
): Promise<boolean> {
  try {
    findings.end(check, await work());
    return true;
  } catch (thrown) {
    if (!(thrown instanceof HorizonError)) throw thrown;
    findings.wrong(check, thrown.message);
    return false;
  }
}

function corrupt(what: string): HorizonError {
  return new HorizonError("data_corrupt", what);
}

function explainBusy(thrown: unknown): never {
  if (!(thrown instanceof HorizonError) || thrown.code !== "folder_busy") throw thrown;
  throw new HorizonError("folder_busy", thrown.message, {
    fix: "Stop the registry first, or check a backup of it: horizon fsck --backup <file>",
    cause: thrown,
  });
}

function explainShared(thrown: unknown): never {
  if (!(thrown instanceof HorizonError)) throw thrown;
  throw new HorizonError(thrown.code, thrown.message, {
    fix: "Back it up while it serves, and check the backup: horizon fsck --backup <file>",
    cause: thrown,
  });
}
