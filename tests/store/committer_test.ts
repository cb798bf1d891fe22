import { assert, assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import type { Head } from "../../src/protocol/feed.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { BATCH_SPACE } from "../../src/store/batch.ts";
import { EMPTY_HEAD } from "../../src/store/checkpoint.ts";
import { GroupCommitter } from "../../src/store/committer.ts";
import { Journal } from "../../src/store/journal.ts";
import { KEYS } from "../../src/store/keys.ts";
import { replay } from "../../src/store/replay.ts";
import { chainedRecords, headOf, sign } from "./feed.ts";
import { withFolder, withJournal } from "./folder.ts";
import { Random } from "../random.ts";

/** A committer on a fresh journal, which notes the heads that it has signed. */
async function withCommitter(
  run: (setup: {
    committer: GroupCommitter;
    journal: Journal;
    kv: Deno.Kv;
    signed: Head[];
  }) => Promise<void>,
): Promise<void> {
  await withFolder((folder) =>
    withJournal(`${folder}/journal.kv`, async (journal, kv) => {
      const signed: Head[] = [];
      const committer = new GroupCommitter(journal, (head) => {
        signed.push(head);
        return sign(head);
      });
      await run({ committer, journal, kv, signed });
      await committer.idle();
    })
  );
}

Deno.test("what is submitted during a commit is written as the next one", async () => {
  await withCommitter(async ({ committer, journal, signed }) => {
    const { records } = chainedRecords(101);
    const submit = (from: number, to: number) =>
      records.slice(from, to).map((record, i) =>
        committer.submit([record], headOf(from + i + 1, record))
      );
    const [first] = submit(0, 1);
    await Promise.resolve();
    await Promise.resolve();
    const rest = submit(1, 101);
    await first;
    assertEquals(journal.head?.seq, 1);
    await Promise.all(rest);
    assertEquals(signed.map(({ seq }) => seq), [1, 101]);
    await replay(journal, EMPTY_HEAD, () => {});
  });
});

Deno.test("what one caller submits at once makes one commit", async () => {
  await withCommitter(async ({ committer, signed }) => {
    const { records } = chainedRecords(3);
    await Promise.all(
      records.map((record, i) => committer.submit([record], headOf(i + 1, record))),
    );
    assertEquals(signed.map(({ seq }) => seq), [3]);
    assertEquals(committer.room, LIMITS.journal_queue_events);
  });
});

Deno.test("a group beyond one commit is split between submissions, each part with its checkpoint", async () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  await withCommitter(async ({ committer, journal, kv, signed }) => {
    const ends: number[] = [];
    const pending: Promise<void>[] = [];
    let head = EMPTY_HEAD;
    for (let i = 0; i < 60; i++) {
      const more = chainedRecords(1 + random.below(5), head, () => random.below(20_000));
      head = more.head;
      ends.push(head.seq);
      pending.push(committer.submit(more.records, head));
    }
    await Promise.all(pending);
    assert(signed.length > 1);
    for (const { seq } of signed) assert(ends.includes(seq), `${seq} is within a submission`);
    let bytes = 0;
    await replay(journal, EMPTY_HEAD, (event) => bytes += canonicalBytes(event).length);
    assert(signed.length <= Math.ceil(bytes / BATCH_SPACE) * 2);
    const parts = kv.list<Uint8Array>({ prefix: KEYS.feed() });
    for await (const { value } of parts) assert(value.length <= LIMITS.journal_value_bytes);
  });
});

Deno.test("what does not follow, does not fit or is empty is refused, and nothing is lost by it", async () => {
  await withCommitter(async ({ committer, journal }) => {
    const { records, head } = chainedRecords(2);
    const first = committer.submit(records, head);
    const next = chainedRecords(1, head);
    const huge = new Uint8Array(BATCH_SPACE);
    const cases: [Uint8Array[], Head, string, string][] = [
      [
        next.records,
        { ...head, seq: 4 },
        "state_mismatch",
        "Events up to 4 don't follow event 2 as 1 events",
      ],
      [[], head, "state_mismatch", "Events up to 2 don't follow event 2 as 0 events"],
      [
        [huge],
        headOf(3, huge),
        "too_large",
        "1 events of 715772 bytes don't fit one commit of 715768",
      ],
    ];
    for (const [wrong, after, code, message] of cases) {
      const error = await assertRejects(() => committer.submit(wrong, after), HorizonError);
      assertEquals([error.code, error.message], [code, message]);
    }
    await first;
    await committer.submit(next.records, next.head);
    assertEquals(journal.head?.seq, 3);
  });
});

Deno.test("the queue is bounded: beyond it the answer is busy, and the rest goes on", async () => {
  await withCommitter(async ({ committer, journal }) => {
    const limit = LIMITS.journal_queue_events;
    const { records } = chainedRecords(limit + 1, EMPTY_HEAD, () => 0);
    const pending: Promise<void>[] = [];
    for (let at = 0; at < limit; at += 1_000) {
      const group = records.slice(at, at + 1_000);
      pending.push(committer.submit(group, headOf(at + 1_000, group.at(-1)!)));
    }
    assertEquals(committer.room, 0);
    const last = records.slice(limit);
    const error = await assertRejects(
      () => committer.submit(last, headOf(limit + 1, last[0]!)),
      HorizonError,
    );
    assertEquals(error.code, "busy");
    await Promise.all(pending);
    await committer.submit(last, headOf(limit + 1, last[0]!));
    assertEquals(journal.head?.seq, limit + 1);
  });
});

Deno.test("a failed commit refuses all that is pending and all that follows, until it is reopened", async () => {
  await withCommitter(async ({ committer, journal, kv }) => {
    const { records } = chainedRecords(4);
    const submit = (i: number) => committer.submit([records[i]!], headOf(i + 1, records[i]!));
    await submit(0);
    const rival = await Journal.open(kv);
    const theirs = chainedRecords(1, headOf(1, records[0]!), () => 50);
    await rival.append(theirs.records, await sign(theirs.head));
    const outcomes = await Promise.allSettled([submit(1), submit(2)]);
    for (const outcome of outcomes) {
      assert(outcome.status === "rejected" && outcome.reason.code === "fenced");
    }
    const error = await assertRejects(() => submit(3), HorizonError);
    assertEquals(error, committer.failure);
    assertEquals(journal.head?.seq, 1);
    await journal.reload();
    const reopened = new GroupCommitter(journal, sign);
    const more = chainedRecords(1, theirs.head);
    await reopened.submit(more.records, more.head);
    assertEquals((await replay(journal, EMPTY_HEAD, () => {})).seq, 3);
  });
});

Deno.test("a checkpoint that can't be signed writes nothing", async () => {
  await withFolder((folder) =>
    withJournal(`${folder}/journal.kv`, async (journal) => {
      const committer = new GroupCommitter(
        journal,
        () => Promise.reject(new HorizonError("key_missing", "The key is gone")),
      );
      const { records, head } = chainedRecords(1);
      const error = await assertRejects(() => committer.submit(records, head), HorizonError);
      assertEquals(error.code, "key_missing");
      await journal.reload();
      assertEquals(journal.head, null);
    })
  );
});
