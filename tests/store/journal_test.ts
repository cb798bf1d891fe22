import { assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { BATCH_SPACE, encodeBatch, recordSpace } from "../../src/store/batch.ts";
import { EMPTY_HEAD } from "../../src/store/checkpoint.ts";
import { Journal } from "../../src/store/journal.ts";
import { KEYS } from "../../src/store/keys.ts";
import { chainedRecords, headOf, sign } from "./feed.ts";
import { withFolder, withJournal } from "./folder.ts";
import { Random } from "../random.ts";

/** Sizes that matter: tiny, around the size of a value, and several values long. */
function randomSize(random: Random): number {
  const kind = random.below(10);
  if (kind < 6) return 1 + random.below(800);
  if (kind < 8) return LIMITS.journal_value_bytes - 20 + random.below(40);
  return 1 + random.below(300 * 1024);
}

async function assertHolds(journal: Journal, all: Uint8Array[], after_seq: number, limit: number) {
  const expected = all.slice(after_seq, after_seq + limit);
  let i = 0;
  for await (const { seq, bytes } of journal.read({ after_seq, limit })) {
    assertEquals(seq, after_seq + i + 1);
    assertEquals(bytes.length, expected[i]?.length);
    assertEquals(bytes.every((byte, at) => byte === expected[i]?.[at]), true);
    i++;
  }
  assertEquals(i, expected.length);
}

Deno.test("the journal returns what a plain array would, for any records, batches and ranges", async () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  const all: Uint8Array[] = [];
  await withFolder(async (folder) => {
    for (let opening = 0; opening < 4; opening++) {
      await withJournal(`${folder}/journal.kv`, async (journal) => {
        assertEquals(journal.head?.seq ?? 0, all.length);
        for (let commit = 0; commit < 8; commit++) {
          const records: Uint8Array[] = [];
          for (let space = 0, count = 1 + random.below(40); records.length < count;) {
            const record = random.bytes(randomSize(random));
            space += recordSpace(record);
            if (space > BATCH_SPACE) break;
            records.push(record);
          }
          all.push(...records);
          await journal.append(records, await sign(headOf(all.length, records.at(-1)!)));
        }
        await assertHolds(journal, all, 0, Infinity);
        for (let i = 0; i < 5; i++) {
          await assertHolds(journal, all, random.below(all.length + 2), random.below(60));
        }
      });
    }
  });
});

Deno.test("small records of one commit share a value", async () => {
  await withFolder(async (folder) => {
    await withJournal(`${folder}/journal.kv`, async (journal, kv) => {
      const { records, head } = chainedRecords(100);
      await journal.append(records, await sign(head));
      const keys = await Array.fromAsync(kv.list({ prefix: KEYS.feed() }), (entry) => entry.key);
      assertEquals(keys, [["feed", 1, 0]]);
    });
  });
});

Deno.test("a batch of the largest size allowed is committed", async () => {
  await withFolder(async (folder) => {
    await withJournal(`${folder}/journal.kv`, async (journal) => {
      const record = new Uint8Array(BATCH_SPACE - recordSpace(new Uint8Array(0)));
      const checkpoint = await sign(headOf(1, record));
      assertEquals(encodeBatch([record], checkpoint).length <= LIMITS.journal_batch_bytes, true);
      await journal.append([record], checkpoint);
      await assertHolds(journal, [record], 0, 1);
    });
  });
});

Deno.test("a writer with a stale head is fenced, and what the other wrote stays", async () => {
  await withFolder(async (folder) => {
    await withJournal(`${folder}/journal.kv`, async (journal, kv) => {
      const deposed = await Journal.open(kv);
      const ours = chainedRecords(2);
      const theirs = chainedRecords(2, EMPTY_HEAD, () => 99);
      await journal.append(ours.records, await sign(ours.head));
      const checkpoint = await sign(theirs.head);
      const error = await assertRejects(
        () => deposed.append(theirs.records, checkpoint),
        HorizonError,
      );
      assertEquals(error.code, "fenced");
      assertEquals(error.message, "Another writer has moved the journal past 0");
      await assertHolds(journal, ours.records, 0, 10);
      await deposed.reload();
      assertEquals(deposed.head?.hash, ours.head.hash);
      const more = chainedRecords(1, ours.head);
      await deposed.append(more.records, await sign(more.head));
      const late = await sign(chainedRecords(1, ours.head, () => 5).head);
      await assertRejects(() => journal.append(more.records, late), HorizonError);
    });
  });
});

Deno.test("a checkpoint that is not the one of its records is refused", async () => {
  await withFolder(async (folder) => {
    await withJournal(`${folder}/journal.kv`, async (journal) => {
      const { records, head } = chainedRecords(3);
      for (const wrong of [{ ...head, seq: 4 }, { ...head, hash: "0".repeat(64) }]) {
        const checkpoint = await sign(wrong);
        const error = await assertRejects(
          () => journal.append(records, checkpoint),
          HorizonError,
        );
        assertEquals(error.code, "state_mismatch");
      }
      assertEquals(journal.head, null);
    });
  });
});

Deno.test("a file of a Deno KV is for its owner only, side files too", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await withFolder(async (folder) => {
    await withJournal(`${folder}/journal.kv`, async (journal) => {
      const { records, head } = chainedRecords(1);
      await journal.append(records, await sign(head));
      const modes = await Array.fromAsync(
        Deno.readDir(folder),
        ({ name }) => (Deno.statSync(`${folder}/${name}`).mode ?? 0) & 0o777,
      );
      assertEquals(new Set(modes), new Set([0o600]));
    });
  });
});
