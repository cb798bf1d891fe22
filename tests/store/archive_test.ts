import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import type { Json } from "../../src/base/json.ts";
import { Archive, type ArchivedMovement, type Projection } from "../../src/store/archive.ts";
import { KEYS } from "../../src/store/keys.ts";
import { barWrites, type LeaseTrade } from "../../src/store/price_bars.ts";
import { openJournalFile } from "../../src/store/store.ts";
import { withFolder } from "./folder.ts";
import { Random } from "../random.ts";

const NOTHING: Projection = {
  leases: [],
  jobs: [],
  auctions: [],
  bids: [],
  movements: [],
  trades: [],
  proofs: [],
};

async function withArchive(run: (archive: Archive, kv: Deno.Kv) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const kv = await openJournalFile(`${folder}/journal.kv`);
    try {
      await run(await Archive.open(kv), kv);
    } finally {
      kv.close();
    }
  });
}

/** What the feed up to `up_to_seq` projects, the same at every call. */
function projectionOf(
  from_seq: number,
  up_to_seq: number,
): Projection & { movements: ArchivedMovement[] } {
  const leases: { id: string; row: Json }[] = [];
  const jobs: { id: string; row: Json }[] = [];
  const movements: ArchivedMovement[] = [];
  const trades: LeaseTrade[] = [];
  for (let seq = from_seq; seq <= up_to_seq; seq++) {
    const row = { seq, text: "x".repeat(seq % 50) };
    (seq % 2 === 0 ? jobs : leases).push({ id: `id-${seq}`, row });
    const price_micros_per_hour = 1_000 * (seq % 7);
    const at = seq * 60_000;
    trades.push({ seq, at, class: `chip-${seq % 3}`, price_micros_per_hour, duration_s: seq });
    for (let n = 0; n < seq % 4; n++) {
      movements.push({ actor: `actor-${seq % 3}`, seq, n, row: { amount_micros: seq * 10 + n } });
    }
  }
  return { ...NOTHING, leases, jobs, movements, trades };
}

Deno.test("ended leases and jobs are found by id, and others are null", async () => {
  await withArchive(async (archive) => {
    await archive.project(projectionOf(1, 20), 20);
    assertEquals(await archive.lease("id-3"), { seq: 3, text: "xxx" });
    assertEquals(await archive.job("id-4"), { seq: 4, text: "xxxx" });
    assertEquals(await archive.lease("id-4"), null);
    assertEquals(await archive.job("id-21"), null);
  });
});

Deno.test("a wallet's history pages backwards as a sorted array would", async () => {
  await withArchive(async (archive) => {
    const { movements, ...rest } = projectionOf(1, 300);
    await archive.project({ ...rest, movements }, 300);
    const actor = "actor-1";
    const expected = movements.filter((movement) => movement.actor === actor).reverse();
    const found: ArchivedMovement[] = [];
    for (let ended = false; !ended;) {
      const page = await archive.history(actor, { before: found.at(-1) ?? null, limit: 7 });
      found.push(...page);
      ended = page.length === 0;
    }
    assertEquals(found, expected);
    assertEquals(await archive.history("nobody", { before: null, limit: 5 }), []);
  });
});

Deno.test("a projection that was cut off anywhere and runs again gives the same archive", async () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  const contents = (kv: Deno.Kv) =>
    Array.fromAsync(
      kv.list({ prefix: [] }),
      ({ key, value }) =>
        `${key.join("/")} ${value instanceof Uint8Array ? decoder.decode(value) : value}`,
    );
  const decoder = new TextDecoder();
  let expected: string[] = [];
  await withArchive(async (archive, kv) => {
    await archive.project(projectionOf(1, 400), 400);
    expected = await contents(kv);
  });
  await withArchive(async (_, kv) => {
    for (let reached = 0; reached < 400;) {
      const archive = await Archive.open(kv);
      assertEquals(archive.watermark_seq, reached);
      const to = Math.min(400, reached + 1 + random.below(120));
      const all = projectionOf(reached + 1, to);
      // A crash between two atomics leaves some of the rows and the old watermark.
      for (const movement of all.movements.slice(0, random.below(50))) {
        const { actor, seq, n, row } = movement;
        await kv.set(KEYS.movement(actor, seq, n), new TextEncoder().encode(JSON.stringify(row)));
      }
      for (const { key, value } of (await barWrites(kv, all.trades)).slice(0, random.below(9))) {
        await kv.set(key, value);
      }
      await archive.project(all, to);
      await archive.project({ ...NOTHING, jobs: [{ id: "id-1", row: "late" }] }, to);
      reached = to;
    }
    assertEquals(await contents(kv), expected);
    assertEquals(expected.length > 900, true);
  });
});

Deno.test("a projection beyond the limits of an atomic is written in several", async () => {
  await withArchive(async (archive) => {
    const text = "y".repeat(60_000);
    const jobs = Array.from({ length: 30 }, (_, i) => ({ id: `large-${i}`, row: text }));
    const leases = Array.from({ length: 2_500 }, (_, i) => ({ id: `small-${i}`, row: i }));
    await archive.project({ ...NOTHING, leases, jobs }, 1);
    assertEquals(await archive.job("large-29"), text);
    assertEquals(await archive.lease("small-2499"), 2_499);
    assertEquals(archive.watermark_seq, 1);
  });
});

Deno.test("a row beyond a value is stored in parts, and one that lacks a part is named", async () => {
  await withArchive(async (archive, kv) => {
    const row = { text: "z".repeat(200_000) };
    await archive.project({ ...NOTHING, auctions: [{ id: "a", row }, { id: "b", row: 1 }] }, 1);
    assertEquals(await archive.auction("a"), row);
    assertEquals(await archive.auction("b"), 1);
    await kv.delete([...KEYS.archivedAuction("a"), 2]);
    const error = await assertRejects(() => archive.auction("a"), HorizonError);
    assertEquals(error.message, "The row archive/auction/a of the archive can't be read");
  });
});

Deno.test("price bars are what a plain sum over the hour's leases says, by class and over all", async () => {
  await withArchive(async (archive) => {
    const { trades } = projectionOf(1, 200);
    for (let seq = 1; seq <= 200; seq += 7) {
      const to = Math.min(200, seq + 6);
      await archive.project({ ...NOTHING, trades: trades.slice(seq - 1, to) }, to);
    }
    const expected = Map.groupBy(trades, (trade) => {
      return `${String(Math.floor(trade.at / 3_600_000)).padStart(4, "0")} ${trade.class}`;
    }).entries().map(([name, group]) => {
      const prices = group.map((trade) => trade.price_micros_per_hour);
      return {
        class: name.slice(5),
        hour: Number(name.slice(0, 4)) * 3_600_000,
        last_micros_per_hour: prices.at(-1),
        low_micros_per_hour: Math.min(...prices),
        high_micros_per_hour: Math.max(...prices),
        volume_s: group.reduce((sum, { duration_s }) => sum + duration_s, 0),
        leases: group.length,
      };
    }).toArray().sort((a, b) => b.hour - a.hour || (a.class < b.class ? 1 : -1));
    const found: unknown[] = await archive.prices({ class: null, limit: 100 });
    assertEquals(found, expected);
    const chip = expected.filter((bar) => bar.class === "chip-1");
    const ofChip: unknown[] = await archive.prices({ class: "chip-1", limit: 2 });
    assertEquals(ofChip, chip.slice(0, 2));
    assertEquals(await archive.prices({ class: "chip-9", limit: 2 }), []);
  });
});

Deno.test("damaged rows of the archive are named", async () => {
  await withArchive(async (archive, kv) => {
    await kv.set(KEYS.archivedLease("l"), new TextEncoder().encode("{"));
    const damaged = await assertRejects(() => archive.lease("l"), HorizonError);
    assertEquals(damaged.message, "The row archive/lease/l of the archive can't be read");
    for (const damage of ["x", new TextEncoder().encode('{"version":2}')]) {
      await kv.set(KEYS.archivePosition(), damage);
      const watermark = await assertRejects(() => Archive.open(kv), HorizonError);
      assertEquals(watermark.message, "The archive's watermark can't be read");
    }
  });
});

Deno.test("an archive of another version is projected again from the first event on", async () => {
  await withArchive(async (archive, kv) => {
    await archive.project(projectionOf(1, 20), 20);
    assertEquals((await Archive.open(kv)).watermark_seq, 20);
    const older = new TextEncoder().encode('{"version":1,"seq":20}');
    await kv.set(KEYS.archivePosition(), older);
    assertEquals((await Archive.open(kv)).watermark_seq, 0);
    await kv.delete(KEYS.archivePosition());
    await kv.set(["archive", "watermark"], 20);
    assertEquals((await Archive.open(kv)).watermark_seq, 0, "the place that version 1 kept");
  });
});

Deno.test("the archive holds nothing but bytes, which every version of Deno reads", async () => {
  await withArchive(async (archive, kv) => {
    const row = { text: "z".repeat(200_000) };
    await archive.project({ ...projectionOf(1, 20), auctions: [{ id: "a", row }] }, 20);
    for await (const { key, value } of kv.list({ prefix: [] })) {
      assertInstanceOf(value, Uint8Array, key.join("/"));
    }
  });
});

Deno.test("a row whose parts were counted by a number is still read", async () => {
  await withArchive(async (archive, kv) => {
    const row = { text: "z".repeat(200_000) };
    await archive.project({ ...NOTHING, auctions: [{ id: "a", row }] }, 1);
    await kv.set(KEYS.archivedAuction("a"), 4);
    assertEquals(await archive.auction("a"), row);
  });
});
