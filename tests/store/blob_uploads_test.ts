import { assert, assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import { identityOf } from "../../src/base/identity.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { Blobs } from "../../src/store/blobs.ts";
import { Random } from "../random.ts";
import { ManualClock } from "../registry/harness.ts";
import { withFolder } from "./folder.ts";
import { onSmallDisk } from "./small_disk.ts";

const alice = identityOf(new Uint8Array(32).fill(1)).id;
const bob = identityOf(new Uint8Array(32).fill(2)).id;

/** Bytes, and what their parts are called. */
function upload(size: number, seed: number, actor = alice) {
  const bytes = new Random(seed).bytes(size);
  const sha256 = sha256Hex(bytes);
  const part = (offset_bytes: number) => ({ sha256, actor, offset_bytes, size_bytes: size });
  return { bytes, sha256, part, name: { sha256, actor } };
}

/** A body that its sender feeds and ends by hand. */
function byHand() {
  let hand: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({ start: (controller) => void (hand = controller) });
  assert(hand !== undefined);
  return { body, hand };
}

async function codeOf(work: () => Promise<unknown>): Promise<string> {
  return (await assertRejects(work, HorizonError)).code;
}

function filesOf(folder: string, actor = alice): string[] {
  try {
    return [...Deno.readDirSync(`${folder}/${actor}`)].map(({ name }) => name).sort();
  } catch {
    return [];
  }
}

Deno.test("parts make a blob, also over a restart, and each begins where the last ended", async () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  await withFolder(async (folder) => {
    for (let round = 0; round < 20; round++) {
      const { bytes, sha256, part, name } = upload(1 + random.below(700_000), random.below(1e9));
      let blobs = await Blobs.open(folder);
      let at = 0;
      while (!blobs.has(sha256, alice)) {
        const end = Math.min(bytes.length, at + random.below(300_000));
        const progress = await blobs.add(new Blob([bytes.slice(at, end)]).stream(), part(at));
        at = end;
        const complete = at === bytes.length;
        assertEquals(progress, { size_bytes: bytes.length, received_bytes: at, complete });
        if (random.below(3) > 0) continue;
        blobs = await Blobs.open(folder);
        assertEquals((await blobs.progress(name)).received_bytes, at);
      }
      assertEquals(await new Response((await blobs.get(sha256)).stream).bytes(), bytes);
      const from = random.below(bytes.length);
      const rest = await blobs.get(sha256, from);
      assertEquals(await new Response(rest.stream).bytes(), bytes.subarray(from));
      await blobs.delete(name);
      assertEquals([blobs.bytes(), filesOf(folder)], [0, []]);
    }
  });
});

Deno.test("what came before a connection broke stays, and is another actor's no more than a blob is", async () => {
  await withFolder(async (folder) => {
    const blobs = await Blobs.open(folder);
    const { bytes, sha256, part, name } = upload(600_000, 7);
    let pulls = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (pulls++ === 0) controller.enqueue(bytes.slice(0, 100_000));
        else controller.error(new Error("the cable is out"));
      },
    }, { highWaterMark: 0 });
    assertEquals(await codeOf(() => blobs.add(body, part(0))), "interrupted");
    const { received_bytes } = await blobs.progress(name);
    assertEquals(received_bytes, 100_000);
    assertEquals((await blobs.progress({ sha256, actor: bob })).received_bytes, 0);
    assertEquals(
      await codeOf(() =>
        blobs.add(bytes.subarray(received_bytes), { ...part(received_bytes + 1), actor: bob })
      ),
      "blob_offset",
    );
    const progress = await blobs.add(bytes.subarray(received_bytes), part(received_bytes));
    assertEquals(progress.complete, true);
    assertEquals(blobs.has(sha256, bob), false);
  });
});

Deno.test("an upload with other bytes, or more than were promised, leaves nothing", async () => {
  await withFolder(async (folder) => {
    const blobs = await Blobs.open(folder);
    const { bytes, part, name } = upload(10_000, 3);
    await blobs.add(bytes.subarray(0, 5_000), part(0));
    assertEquals(await codeOf(() => blobs.add(bytes.subarray(4_000), part(4_000))), "blob_offset");
    const forged = bytes.slice(5_000);
    forged[17] = forged[17]! ^ 1;
    assertEquals(await codeOf(() => blobs.add(forged, part(5_000))), "blob_mismatch");
    assertEquals([blobs.bytes(), filesOf(folder)], [0, []]);
    await blobs.add(bytes.subarray(0, 5_000), part(0));
    assertEquals(await codeOf(() => blobs.add(bytes, part(5_000))), "too_large");
    assertEquals([blobs.bytes(), filesOf(folder)], [0, []]);
    const huge = { ...part(0), size_bytes: LIMITS.blob_bytes + 1 };
    assertEquals(await codeOf(() => blobs.add(bytes, huge)), "too_large");
    assertEquals(
      await codeOf(() => blobs.add(bytes, { ...part(0), actor: ".." })),
      "invalid_input",
    );
    await blobs.add(bytes.subarray(0, 9_000), part(0));
    assertEquals((await blobs.add(bytes, part(0))).complete, true, "begun anew");
    assertEquals(blobs.bytes(), 12_288);
    await blobs.delete(name);
    assertEquals([blobs.bytes(), filesOf(folder)], [0, []]);
  });
});

Deno.test("a later request takes an upload over from one that hangs", async () => {
  await withFolder(async (folder) => {
    const blobs = await Blobs.open(folder);
    const { bytes, sha256, part } = upload(300_000, 4);
    const { body, hand } = byHand();
    hand.enqueue(bytes.slice(0, 280_000));
    const hanging = blobs.add(body, part(0));
    const refused = codeOf(() => hanging);
    const both = await Promise.allSettled([
      blobs.add(bytes.subarray(), part(0)),
      blobs.add(bytes.subarray(), part(0)),
    ]);
    assertEquals(await refused, "interrupted");
    assertEquals(both.map(({ status }) => status), ["fulfilled", "fulfilled"]);
    assertEquals(blobs.has(sha256, alice), true);
    assertEquals([blobs.bytes(), filesOf(folder)], [303_104, [sha256]]);
  });
});

Deno.test("uploads that are not whole count against the quota, and there may be only so many", async () => {
  await withFolder(async (folder) => {
    const quota = { total_bytes: 300 * 4_096, per_actor_bytes: 200 * 4_096 };
    const blobs = await Blobs.open(folder, { quota });
    const large = upload(201 * 4_096, 1);
    assertEquals(
      await codeOf(() => blobs.add(large.bytes.subarray(0, 1), large.part(0))),
      "blob_quota",
      "said before it is sent",
    );
    const many = LIMITS.blob_uploads_per_actor;
    for (let n = 0; n < many; n++) {
      const { bytes, part } = upload(8_192, 100 + n);
      await blobs.add(bytes.subarray(0, 4_097), part(0));
    }
    assertEquals(blobs.bytes(alice), many * 8_192);
    const more = upload(4_096, 5);
    assertEquals(await codeOf(() => blobs.add(more.bytes, more.part(0))), "limit_reached");
    const other = upload(180 * 4_096, 6, bob);
    assertEquals(await codeOf(() => blobs.add(other.bytes, other.part(0))), "blob_quota");
    const reopened = await Blobs.open(folder, { quota });
    assertEquals(reopened.bytes(alice), many * 8_192);
    assertEquals(await codeOf(() => reopened.add(more.bytes, more.part(0))), "limit_reached");
  });
});

Deno.test("an upload that nobody goes on with expires, one that somebody does stays", async () => {
  await withFolder(async (folder) => {
    const clock = new ManualClock();
    const blobs = await Blobs.open(folder, { clock });
    const [left, kept] = [upload(9_000, 1), upload(9_000, 2)];
    for (const { bytes, part } of [left, kept]) await blobs.add(bytes.subarray(0, 10), part(0));
    clock.pass(LIMITS.blob_unnamed_keep_ms);
    await blobs.add(kept.bytes.subarray(10, 20), kept.part(10));
    clock.pass(1);
    const reopened = await Blobs.open(folder, { clock });
    for (const one of [blobs, reopened]) {
      await one.expireUploads();
      assertEquals((await one.progress(left.name)).received_bytes, 0);
      assertEquals((await one.progress(kept.name)).received_bytes, 20);
    }
    assertEquals(filesOf(folder), [`${kept.sha256}.part`]);
  });
});

Deno.test("an upload to a full disk leaves nothing, and what fits is stored after it", async (t) => {
  await withFolder(async (folder) => {
    await onSmallDisk(t, folder, async () => {
      const blobs = await Blobs.open(folder);
      const [large, small] = [upload(5 * 1024 * 1024, 1), upload(3 * 1024 * 1024, 2)];
      const half = large.bytes.length / 2;
      await blobs.add(large.bytes.subarray(0, half), large.part(0));
      assertEquals(
        await codeOf(() => blobs.add(large.bytes.subarray(half), large.part(half))),
        "disk_full",
      );
      assertEquals([blobs.bytes(), filesOf(folder)], [0, []]);
      assertEquals((await blobs.add(small.bytes, small.part(0))).complete, true);
      const promise = { ...large.name, max_bytes: LIMITS.blob_bytes };
      assertEquals(await codeOf(() => blobs.put(large.bytes, promise)), "disk_full");
      assertEquals(filesOf(folder), [small.sha256]);
    });
  });
});

Deno.test("uploads side by side that fit a quota only one by one don't overshoot it", async () => {
  await withFolder(async (folder) => {
    const quota = { total_bytes: 1e9, per_actor_bytes: 100 * 4_096 };
    const blobs = await Blobs.open(folder, { quota });
    const uploads = [1, 2, 3].map((seed) => upload(60 * 4_096, seed));
    const bodies = uploads.map(() => byHand());
    const adding = uploads.map(({ part }, i) => {
      return blobs.add(bodies[i]?.body ?? new Uint8Array(), part(0)).then(
        () => "stored",
        (thrown) => thrown.code,
      );
    });
    for (let at = 0; at < 60 * 4_096; at += 4_096) {
      uploads.forEach(({ bytes }, i) => bodies[i]?.hand.enqueue(bytes.slice(at, at + 4_096)));
      assert(blobs.bytes(alice) <= quota.per_actor_bytes);
    }
    for (const { hand } of bodies) hand.close();
    assertEquals((await Promise.all(adding)).sort(), ["blob_quota", "blob_quota", "stored"]);
    assertEquals(blobs.bytes(alice), 60 * 4_096);
  });
});
