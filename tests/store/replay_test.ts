import { assert, assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import type { FeedEvent, Head } from "../../src/protocol/feed.ts";
import { encodeBatch } from "../../src/store/batch.ts";
import { EMPTY_HEAD } from "../../src/store/checkpoint.ts";
import type { Journal } from "../../src/store/journal.ts";
import { KEYS } from "../../src/store/keys.ts";
import { replay } from "../../src/store/replay.ts";
import { chainedRecords, eventAfter, headOf, sign } from "./feed.ts";
import { withFolder, withJournal } from "./folder.ts";

/** Five commits of twenty events, of about 3 kB each, so that a batch is longer than a value. */
const COMMITS = 5;
const EVENTS = 20;
const heads: Head[] = [EMPTY_HEAD];

async function fill(journal: Journal, padding_chars = 1_701): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  heads.length = 1;
  for (let i = 0; i < COMMITS; i++) {
    const { records, head } = chainedRecords(EVENTS, heads.at(-1), () => padding_chars);
    await journal.append(records, await sign(head));
    all.push(...records);
    heads.push(head);
  }
  return all;
}

/** Runs on a journal of 100 events that `damage` has changed, and expects this error of its replay. */
async function assertDamage(
  damage: (kv: Deno.Kv) => Promise<void>,
  message: string,
  delivered: number,
  after_seq = 0,
): Promise<void> {
  await withFolder(async (folder) => {
    await withJournal(`${folder}/journal.kv`, async (journal, kv) => {
      const all = await fill(journal);
      const after = after_seq === 0 ? EMPTY_HEAD : headOf(after_seq, all[after_seq - 1]!);
      await damage(kv);
      await journal.reload();
      const seen: FeedEvent[] = [];
      const error = await assertRejects(
        () => replay(journal, after, (event) => seen.push(event)),
        HorizonError,
      );
      assertEquals(error.message, message);
      assertEquals(error.code, "data_corrupt");
      assertEquals(seen.length, delivered);
    });
  });
}

async function change(
  kv: Deno.Kv,
  key: Deno.KvKey,
  edit: (value: Uint8Array) => Uint8Array,
): Promise<void> {
  const { value } = await kv.get<Uint8Array>(key);
  assert(value !== null);
  await kv.set(key, edit(value));
}

for (const padding_chars of [10, 1_700, 1_701]) {
  const name = `with ${padding_chars} characters of padding`;
  Deno.test(`replay hands on every event in order, from genesis or a snapshot's head, ${name}`, () =>
    replaysFromAnywhere(padding_chars));
}

async function replaysFromAnywhere(padding_chars: number): Promise<void> {
  await withFolder(async (folder) => {
    await withJournal(`${folder}/journal.kv`, async (journal) => {
      assertEquals(await replay(journal, EMPTY_HEAD, () => assert(false)), EMPTY_HEAD);
      const all = await fill(journal, padding_chars);
      const middle = headOf(33, all[32]!);
      for (const after of [EMPTY_HEAD, heads[2]!, middle, heads.at(-1)!]) {
        const seqs: number[] = [];
        const head = await replay(journal, after, (event) => {
          seqs.push(event.seq);
          assertEquals(canonicalBytes(event), all[event.seq - 1]);
        });
        assertEquals(head, heads.at(-1));
        assertEquals(seqs, all.slice(after.seq).map((_, i) => after.seq + i + 1));
      }
    });
  });
}

Deno.test("a flipped byte in an event is found before the event is handed on", async () => {
  await assertDamage(
    (kv) =>
      change(kv, KEYS.feedPart(41, 0), (value) => {
        // The second byte of an é in some padding: still UTF-8, still JSON.
        value[value.indexOf(0xa9, 40_000)] = 0xa8;
        return value;
      }),
    "The journal is damaged at event 53: its prev is not the hash of event 52",
    40,
  );
  await assertDamage(
    (kv) =>
      change(kv, KEYS.feedPart(41, 0), (value) => {
        value[value.indexOf(0xa9, 40_000)] = 0xff;
        return value;
      }),
    "The journal is damaged at event 52: its bytes are not JSON: The encoded data is not valid",
    40,
  );
});

Deno.test("a flipped byte in the last event of a commit is found by its checkpoint", async () => {
  await assertDamage(
    async (kv) => {
      const { records, head } = chainedRecords(20, heads[4], () => 5);
      const checkpoint = await sign(head);
      const forged = { ...eventAfter(headOf(99, records[18]!), 5), at: 1_000_000 };
      records[19] = new TextEncoder().encode(JSON.stringify(forged));
      for (const part of [0, 1]) await kv.delete(KEYS.feedPart(81, part));
      await kv.set(KEYS.feedPart(81, 0), encodeBatch(records, checkpoint));
      await kv.set(KEYS.head(), new TextEncoder().encode(JSON.stringify(checkpoint)));
    },
    "The journal is damaged at event 100: its hash is not the one of its checkpoint",
    80,
  );
});

Deno.test("a feed that was rewritten up to its last checkpoint does not fit the head", async () => {
  await assertDamage(
    async (kv) => {
      const { records, head } = chainedRecords(20, heads[4], () => 5);
      for (const part of [0, 1]) await kv.delete(KEYS.feedPart(81, part));
      await kv.set(KEYS.feedPart(81, 0), encodeBatch(records, await sign(head)));
    },
    "The journal is damaged at event 100: its hash is not the one of the journal's head",
    100,
  );
});

Deno.test("a missing part, batch or tail is named by the events that it held", async () => {
  const batch = "The journal is damaged in the batch that starts at event 41: ";
  await assertDamage((kv) => kv.delete(KEYS.feedPart(41, 0)), batch + "part 0 is missing", 40);
  await assertDamage(
    (kv) => kv.delete(KEYS.feedPart(41, 1)),
    batch + "it has 65536 bytes and its header says 71797",
    40,
  );
  const whole = (first_seq: number) => async (kv: Deno.Kv) => {
    for (const part of [0, 1]) await kv.delete(KEYS.feedPart(first_seq, part));
  };
  await assertDamage(whole(1), "The journal lacks events 1 to 20", 0);
  await assertDamage(whole(41), "The journal lacks events 41 to 60", 40);
  await assertDamage(whole(41), "The journal lacks events 41 to 60", 0, 50);
  await assertDamage(whole(81), "The journal lacks events 81 to 100", 80);
});

Deno.test("broken framing, a broken head and a value of another kind are named", async () => {
  const batch = "The journal is damaged in the batch that starts at event 21: ";
  const part = KEYS.feedPart(21, 0);
  const poke = (at: number, byte: number) => (kv: Deno.Kv) =>
    change(kv, part, (value) => {
      value[at] = byte;
      return value;
    });
  await assertDamage(poke(7, 0x7f), batch + "its header says 2130706452 events", 20);
  await assertDamage(poke(11, 0x7f), batch + "event 21 ends beyond it", 20);
  await assertDamage(poke(4, 19), "The checkpoint of event 39 can't be read", 20);
  await assertDamage(
    (kv) => change(kv, part, () => new Uint8Array(3)).then(() => kv.delete(KEYS.feedPart(21, 1))),
    batch + "it has no header",
    20,
  );
  await assertDamage(
    async (kv) => void await kv.set(part, "text"),
    batch + "part 0 is not bytes",
    20,
  );
  await withFolder(async (folder) => {
    await withJournal(`${folder}/journal.kv`, async (journal, kv) => {
      await fill(journal);
      await change(kv, KEYS.head(), (value) => value.subarray(1));
      const error = await assertRejects(() => journal.reload(), HorizonError);
      assertEquals(error.message, "The checkpoint at the head can't be read");
      await kv.delete(KEYS.head());
      const headless = await assertRejects(() => journal.reload(), HorizonError);
      assertEquals(headless.message, "The journal holds events and has no head");
    });
  });
});

Deno.test("a snapshot that is ahead of the journal, or of another chain, is refused", async () => {
  await withFolder(async (folder) => {
    await withJournal(`${folder}/journal.kv`, async (journal) => {
      await fill(journal);
      const hash = "a".repeat(64);
      const cases: [Head, string][] = [
        [{ seq: 101, hash }, "The journal is damaged at event 101: the journal ends at event 100"],
        [
          { seq: 100, hash },
          "The journal is damaged at event 100: its hash is not the one of the journal's head",
        ],
        [
          { seq: 50, hash },
          "The journal is damaged at event 51: its prev is not the hash of event 50",
        ],
      ];
      for (const [after, message] of cases) {
        const error = await assertRejects(() => replay(journal, after, () => {}), HorizonError);
        assertEquals(error.message, message);
      }
    });
  });
});

Deno.test("a damaged journal file never yields other events than were written", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/journal.kv`;
    let all: Uint8Array[] = [];
    await withJournal(path, async (journal) => {
      all = await fill(journal);
    });
    const whole = await Deno.readFile(path);
    let found = 0;
    for (let at = 0; at < whole.length; at += Math.floor(whole.length / 40)) {
      const copy = `${folder}/${at}.kv`;
      await Deno.writeFile(copy, whole.map((byte, i) => i === at ? byte ^ 0x55 : byte));
      try {
        await withJournal(copy, async (journal) => {
          if (journal.head === null) throw new HorizonError("data_corrupt", "no head");
          await replay(journal, EMPTY_HEAD, (event) => {
            assertEquals(canonicalBytes(event), all[event.seq - 1]);
          });
        });
      } catch (thrown) {
        assert(thrown instanceof Error && thrown.name !== "AssertionError", String(thrown));
        found++;
      }
    }
    assert(found > 20, `only ${found} of 40 flipped bytes were found`);
  });
});
