import { assert, assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../src/base/clock.ts";
import { HorizonError } from "../../src/base/errors.ts";
import { EMPTY_HEAD } from "../../src/store/checkpoint.ts";
import { replay } from "../../src/store/replay.ts";
import { lockFolder } from "../../src/store/lock.ts";
import { openStore } from "../../src/store/store.ts";
import { chainedRecords, sign } from "./feed.ts";
import { withFolder } from "./folder.ts";

const CLOCK = { clock: systemClock, wait_ms: 0 };

Deno.test("a store keeps everything, and only one is open on a folder", async () => {
  await withFolder(async (parent) => {
    const folder = `${parent}/data`;
    const store = await openStore(folder, CLOCK);
    assertEquals(store.folder, folder);
    const { records, head } = chainedRecords(10);
    const pending = store.committer(sign).submit(records, head);
    await store.snapshots.write(head, new Uint8Array([1, 2, 3]));
    const nothing = { jobs: [], auctions: [], bids: [], movements: [], trades: [], proofs: [] };
    await store.archive.project({ ...nothing, leases: [{ id: "l", row: 1 }] }, 10);
    const error = await assertRejects(() => openStore(folder, CLOCK), HorizonError);
    assertEquals(error.code, "folder_busy");
    // Closing waits for the commit that runs.
    await store.close();
    await pending;
    const again = await openStore(folder, CLOCK);
    assertEquals(await replay(again.journal, EMPTY_HEAD, () => {}), head);
    assertEquals((await again.snapshots.latest()).snapshot?.head, head);
    assertEquals(await again.archive.lease("l"), 1);
    await again.close();
  });
});

Deno.test("nothing in a data folder can be read by others", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await withFolder(async (parent) => {
    const folder = `${parent}/data`;
    const store = await openStore(folder, CLOCK);
    const { records, head } = chainedRecords(1);
    await store.committer(sign).submit(records, head);
    await store.snapshots.write(head, new Uint8Array(1));
    const open = (path: string): string[] =>
      [...Deno.readDirSync(path)].flatMap(({ name, isDirectory }) => {
        const own = ((Deno.statSync(`${path}/${name}`).mode ?? 0) & 0o077) === 0 ? [] : [name];
        return isDirectory ? [...own, ...open(`${path}/${name}`)] : own;
      });
    assertEquals(open(folder), []);
    await store.close();
  });
});

Deno.test("a store that can't be opened says what and where, and lets the folder go", async () => {
  const cases: [string, string, string, string][] = [
    [
      "journal.kv",
      "not a database ".repeat(100),
      "data_corrupt",
      "While checking FOLDER/journal.kv: file is not a database",
    ],
    [
      "format.json",
      "{",
      "data_corrupt",
      "The data folder FOLDER is damaged: format.json can't be read",
    ],
    [
      "format.json",
      '{"format":2}',
      "data_newer",
      "The data folder FOLDER has format 2, and this version knows formats up to 1",
    ],
  ];
  for (const [file, content, code, message] of cases) {
    await withFolder(async (folder) => {
      await (await openStore(folder, CLOCK)).close();
      await Deno.writeTextFile(`${folder}/${file}`, content);
      const error = await assertRejects(() => openStore(folder, CLOCK), HorizonError);
      assertEquals([error.code, error.message], [code, message.replace("FOLDER", folder)]);
      (await lockFolder(folder, CLOCK)).release();
    });
  }
});

Deno.test("a store takes over a lock that its caller holds", async () => {
  await withFolder(async (folder) => {
    const lock = await lockFolder(folder, CLOCK);
    const store = await openStore(folder, { clock: systemClock, lock });
    await store.close();
    (await lockFolder(folder, CLOCK)).release();
  });
});

Deno.test("after a failed commit the store goes on with a new committer", async () => {
  await withFolder(async (folder) => {
    const store = await openStore(folder, CLOCK);
    const broken = store.committer(() => Promise.reject(new Error("no key")));
    const { records, head } = chainedRecords(1);
    await assertRejects(() => broken.submit(records, head), HorizonError);
    assert(broken.failure !== null);
    await store.journal.reload();
    await store.committer(sign).submit(records, head);
    assertEquals(store.journal.head?.seq, 1);
    await store.close();
  });
});
