import { assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../src/base/clock.ts";
import { HorizonError } from "../../src/base/errors.ts";
import { EMPTY_HEAD } from "../../src/store/checkpoint.ts";
import { bringToFormat, DATA_FORMAT, type Migration } from "../../src/store/format.ts";
import { replay } from "../../src/store/replay.ts";
import { openStore } from "../../src/store/store.ts";
import { chainedRecords, sign } from "./feed.ts";
import { withFolder, withJournal } from "./folder.ts";

const NEXT = DATA_FORMAT + 1;

/** A folder of today's format with ten events and a snapshot. */
async function filled(folder: string): Promise<void> {
  const store = await openStore(folder, { clock: systemClock });
  const { records, head } = chainedRecords(10);
  await store.committer(sign).submit(records, head);
  await store.snapshots.write(head, new Uint8Array([5]));
  await store.close();
}

/** Appends to the journal, as a migration that changes it would. */
const appendOne: Migration = (folder) =>
  withJournal(`${folder}/journal.kv`, async (journal) => {
    const more = chainedRecords(1, journal.head ?? EMPTY_HEAD);
    await journal.append(more.records, await sign(more.head));
  });

async function lastSeq(path: string): Promise<number> {
  let seq = 0;
  await withJournal(path, async (journal) => {
    seq = (await replay(journal, EMPTY_HEAD, () => {})).seq;
  });
  return seq;
}

const formatOf = async (folder: string) =>
  JSON.parse(await Deno.readTextFile(`${folder}/format.json`));

Deno.test("an older data folder is backed up and migrated step by step", async () => {
  await withFolder(async (folder) => {
    await filled(folder);
    const steps: number[] = [];
    const migrations = new Map<number, Migration>([
      [DATA_FORMAT, (at) => appendOne(at).then(() => void steps.push(DATA_FORMAT))],
      [NEXT, (at) => appendOne(at).then(() => void steps.push(NEXT))],
    ]);
    await bringToFormat(folder, { format: NEXT + 1, migrations });
    assertEquals(steps, [DATA_FORMAT, NEXT]);
    assertEquals(await formatOf(folder), { format: NEXT + 1 });
    assertEquals(await lastSeq(`${folder}/journal.kv`), 12);
    const backup = `${folder}/backup-format-${DATA_FORMAT}`;
    assertEquals(await lastSeq(`${backup}/journal.kv`), 10);
    assertEquals([...Deno.readDirSync(`${backup}/snapshots`)].length, 1);
    await bringToFormat(folder, { format: NEXT + 1, migrations });
    assertEquals(steps.length, 2);
  });
});

Deno.test("a migration that was cut off begins again from the backup", async () => {
  await withFolder(async (folder) => {
    await filled(folder);
    let attempts = 0;
    const migrations = new Map<number, Migration>([[DATA_FORMAT, async (at) => {
      await appendOne(at);
      if (++attempts === 1) throw new Error("the power went");
    }]]);
    await assertRejects(() => bringToFormat(folder, { format: NEXT, migrations }), Error, "power");
    assertEquals(await formatOf(folder), { format: DATA_FORMAT, migrating_to: NEXT });
    const error = await assertRejects(
      () => openStore(folder, { clock: systemClock }),
      HorizonError,
    );
    assertEquals(error.code, "data_newer");
    await bringToFormat(folder, { format: NEXT, migrations });
    assertEquals(await lastSeq(`${folder}/journal.kv`), 11);
    assertEquals(await formatOf(folder), { format: NEXT });
  });
});

Deno.test("an old backup of an abandoned attempt never replaces newer data", async () => {
  await withFolder(async (folder) => {
    await filled(folder);
    await Deno.mkdir(`${folder}/backup-format-${DATA_FORMAT}`);
    await bringToFormat(folder, { format: NEXT, migrations: new Map([[DATA_FORMAT, appendOne]]) });
    assertEquals(await lastSeq(`${folder}/journal.kv`), 11);
    assertEquals(await lastSeq(`${folder}/backup-format-${DATA_FORMAT}/journal.kv`), 10);
  });
});

Deno.test("a folder whose format is unknown, missing or has no way forward is refused unchanged", async () => {
  await withFolder(async (folder) => {
    await filled(folder);
    const refused = async (code: string, what: string, format = DATA_FORMAT) => {
      const error = await assertRejects(
        () => bringToFormat(folder, { format, migrations: new Map() }),
        HorizonError,
      );
      assertEquals([error.code, error.message.endsWith(what)], [code, true], error.message);
    };
    await refused("data_corrupt", `its format ${DATA_FORMAT} has no migration`, NEXT);
    await Deno.writeTextFile(`${folder}/format.json`, '{"format":0}');
    await refused("data_corrupt", "format.json can't be read");
    await Deno.remove(`${folder}/format.json`);
    await refused("data_corrupt", "format.json is missing");
    assertEquals(await lastSeq(`${folder}/journal.kv`), 10);
  });
});
