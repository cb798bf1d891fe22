import { assert, assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import { identityOf } from "../../src/base/identity.ts";
import { Blobs } from "../../src/store/blobs.ts";
import { withFolder } from "./folder.ts";
import { Random } from "../random.ts";

const [ALICE, BOB] = [1, 2].map((n) => identityOf(new Uint8Array(32).fill(n)).id);
assert(ALICE !== undefined && BOB !== undefined);
const alice = ALICE;
const bob = BOB;
const MAX = { max_bytes: 1_000_000 };

async function read(blobs: Blobs, sha256: string): Promise<Uint8Array> {
  const { size_bytes, stream } = await blobs.get(sha256);
  const bytes = await new Response(stream).bytes();
  assertEquals(bytes.length, size_bytes);
  return bytes;
}

async function assertCode(run: () => Promise<unknown>, code: string): Promise<void> {
  assertEquals((await assertRejects(run, HorizonError)).code, code);
}

/** All files below the folder. */
function files(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? files(`${folder}/${name}`) : [`${folder}/${name}`]
  );
}

function chunked(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return ReadableStream.from(chunks);
}

Deno.test("a blob comes back as it was put, from bytes or a stream, also after reopening", async () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  await withFolder(async (folder) => {
    let blobs = await Blobs.open(folder);
    const kept: [string, Uint8Array][] = [];
    for (const size of [0, 1, 4_096, 4_097, 200_000]) {
      const bytes = random.bytes(size);
      const sha256 = sha256Hex(bytes);
      const source = size % 2 === 0 ? bytes : chunked(bytes, 1 + random.below(50_000));
      const stored = await blobs.put(source, { sha256, actor: alice, ...MAX });
      assertEquals(stored, { sha256, size_bytes: size });
      kept.push([sha256, bytes]);
    }
    const used_bytes = blobs.bytes();
    assertEquals(used_bytes, 4_096 * (1 + 1 + 1 + 2 + 49));
    blobs = await Blobs.open(folder);
    assertEquals([blobs.bytes(), blobs.bytes(alice), blobs.bytes(bob)], [
      used_bytes,
      used_bytes,
      0,
    ]);
    for (const [sha256, bytes] of kept) {
      assert(blobs.has(sha256));
      assertEquals(await read(blobs, sha256), bytes);
    }
  });
});

Deno.test("bytes that don't keep the promise leave nothing behind", async () => {
  await withFolder(async (folder) => {
    const blobs = await Blobs.open(folder);
    const bytes = new Random(3).bytes(10_000);
    const sha256 = sha256Hex(bytes);
    const promise = { sha256, actor: alice, max_bytes: 9_999 };
    await assertCode(
      () => blobs.put(bytes.with(5, bytes[5]! ^ 1), { ...promise, ...MAX }),
      "blob_mismatch",
    );
    await assertCode(() => blobs.put(bytes.subarray(1), { ...promise, ...MAX }), "blob_mismatch");
    await assertCode(() => blobs.put(bytes, promise), "too_large");
    await assertCode(() => blobs.put(chunked(bytes, 100), promise), "too_large");
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (controller.desiredSize === 1) controller.enqueue(bytes);
        controller.error(new Error("the peer went away"));
      },
    });
    await assertRejects(() => blobs.put(broken, { ...promise, ...MAX }), HorizonError, "went away");
    await assertCode(() => blobs.get(sha256), "blob_not_found");
    assertEquals([blobs.bytes(), files(folder)], [0, []]);
  });
});

Deno.test("names that are no hash or no actor never reach the disk", async () => {
  await withFolder(async (folder) => {
    const blobs = await Blobs.open(folder);
    const bytes = new Uint8Array(1);
    const sha256 = sha256Hex(bytes);
    for (const wrong of ["../../etc/passwd", "", sha256.toUpperCase(), sha256 + "0"]) {
      await assertCode(
        () => blobs.put(bytes, { sha256: wrong, actor: alice, ...MAX }),
        "invalid_input",
      );
      await assertCode(() => blobs.get(wrong), "blob_not_found");
    }
    for (const actor of ["", "..", "tmp", alice + "/.."]) {
      await assertCode(() => blobs.put(bytes, { sha256, actor, ...MAX }), "invalid_input");
    }
    assertEquals(files(folder), []);
  });
});

Deno.test("each actor has a copy of its own: to put again is free, to delete spares the other's", async () => {
  await withFolder(async (folder) => {
    const blobs = await Blobs.open(folder);
    const bytes = new Random(4).bytes(5_000);
    const sha256 = sha256Hex(bytes);
    const put = (actor: string) => blobs.put(bytes, { sha256, actor, ...MAX });
    await Promise.all([put(alice), put(alice), put(bob)]);
    await put(alice);
    await assertCode(
      () => blobs.put(bytes.subarray(1), { sha256, actor: alice, ...MAX }),
      "blob_mismatch",
    );
    assertEquals([blobs.bytes(alice), blobs.bytes(bob), blobs.bytes()], [8_192, 8_192, 16_384]);
    await blobs.delete({ sha256, actor: alice });
    await blobs.delete({ sha256, actor: alice });
    assertEquals(await read(blobs, sha256), bytes);
    await blobs.delete({ sha256, actor: bob });
    await assertCode(() => blobs.get(sha256), "blob_not_found");
    assertEquals([blobs.bytes(), files(folder)], [0, []]);
  });
});

Deno.test("put and delete of one blob at a time leave index and disk of one mind", async () => {
  await withFolder(async (folder) => {
    const blobs = await Blobs.open(folder);
    const bytes = new Random(5).bytes(100);
    const sha256 = sha256Hex(bytes);
    for (let round = 0; round < 30; round++) {
      await Promise.all([
        blobs.put(bytes, { sha256, actor: alice, ...MAX }),
        blobs.delete({ sha256, actor: alice }),
        blobs.put(bytes, { sha256, actor: alice, ...MAX }),
        blobs.delete({ sha256, actor: alice }),
      ]);
      assertEquals(files(folder).length, blobs.has(sha256) ? 1 : 0);
      assertEquals(blobs.bytes(), blobs.has(sha256) ? 4_096 : 0);
    }
  });
});

Deno.test("the quota holds for an actor and for all, also for uploads side by side", async () => {
  await withFolder(async (folder) => {
    const quota = { total_bytes: 10 * 4_096, per_actor_bytes: 6 * 4_096 };
    const blobs = await Blobs.open(folder, { quota });
    const put = (n: number, actor: string) => {
      const bytes = new Random(n).bytes(4_096);
      return blobs.put(chunked(bytes, 512), { sha256: sha256Hex(bytes), actor, ...MAX });
    };
    const outcomes = await Promise.allSettled(
      Array.from({ length: 9 }, (_, n) => put(n, alice)),
    );
    assertEquals(outcomes.filter(({ status }) => status === "fulfilled").length, 6);
    for (let n = 10; n < 14; n++) await put(n, bob);
    const error = await assertRejects(() => put(14, bob), HorizonError);
    assertEquals([error.code, error.message], [
      "blob_quota",
      "The blob does not fit the registry's quota of 40960 bytes",
    ]);
    assertEquals(blobs.bytes(), quota.total_bytes);
    assertEquals(files(folder).length, 10);
    await blobs.delete({ sha256: sha256Hex(new Random(10).bytes(4_096)), actor: bob });
    await put(14, bob);
    const reopened = await Blobs.open(folder, { quota });
    assertEquals([reopened.bytes(alice), reopened.bytes(bob)], [6 * 4_096, 4 * 4_096]);
  });
});

Deno.test("an upload that was cut off is removed when the folder is opened", async () => {
  await withFolder(async (folder) => {
    await Blobs.open(folder);
    await Deno.writeFile(`${folder}/tmp/1`, new Uint8Array(9));
    const blobs = await Blobs.open(folder);
    assertEquals([blobs.bytes(), files(folder)], [0, []]);
  });
});

Deno.test("processes that share a folder find each other's blobs after a rescan, and an upload's rest is gone", async () => {
  await withFolder(async (folder) => {
    const shared = `${folder}/blobs`;
    const first = await Blobs.open(shared, { writer: "first" });
    const second = await Blobs.open(shared, { writer: "second" });
    const bytes = new TextEncoder().encode("shared");
    const sha256 = sha256Hex(bytes);
    const actor = alice;
    await first.put(bytes, { sha256, actor, max_bytes: 100 });
    await Deno.writeTextFile(`${shared}/tmp-first/9`, "half");
    assertEquals(second.has(sha256), false);
    await second.rescan();
    assertEquals(second.has(sha256, actor), true);
    assertEquals(second.bytes(actor), first.bytes(actor));
    const names = await Array.fromAsync(Deno.readDir(shared), ({ name }) => name);
    assertEquals(names.sort(), ["tmp-second", actor].sort());
  });
});
