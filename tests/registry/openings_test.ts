import { assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { identityOf, newSecret } from "../../src/base/identity.ts";
import { SealedOpenings } from "../../src/registry/sealed_openings.ts";

const ann = identityOf(newSecret()).id;

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/openings`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function secret(i: number, auction_id = "auction_7") {
  return {
    auction_id,
    price_micros_per_hour: 1_000 + i,
    salt: i.toString(16).padStart(32, "0"),
  };
}

Deno.test("openings are there again after a restart, but for those of forgotten auctions", async () => {
  await withFolder(async (folder) => {
    const first = await SealedOpenings.open(folder);
    const commitments = await Promise.all(
      Array.from({ length: 50 }, (_, i) => first.keep(ann, secret(i))),
    );
    const other = await first.keep(ann, secret(1, "auction_9"));
    await first.forget("auction_9");
    const second = await SealedOpenings.open(folder);
    assertEquals(second.auctions(), ["auction_7"]);
    for (const [i, commitment] of commitments.entries()) {
      const { price_micros_per_hour, salt } = secret(i);
      const kept = { bidder: ann, price_micros_per_hour, salt };
      assertEquals(second.find("auction_7", commitment), kept);
    }
    assertEquals(second.find("auction_9", other), undefined);
    assertEquals(second.find("auction_9", commitments[0] ?? ""), undefined);
  });
});

Deno.test("an opening is not found before it is durable, and half a line of a crash is written over", async () => {
  await withFolder(async (folder) => {
    const first = await SealedOpenings.open(folder);
    const keeping = first.keep(ann, secret(1));
    await first.keep(ann, secret(2));
    const one = await keeping;
    const path = `${folder}/auction_7.openings`;
    await Deno.writeTextFile(path, '{"bidder":"z6Mk', { append: true });
    const second = await SealedOpenings.open(folder);
    assertEquals(second.find("auction_7", one)?.price_micros_per_hour, 1_001);
    const three = second.keep(ann, secret(3));
    const lines = async () => (await Deno.readTextFile(path)).split("\n").length - 1;
    const commitment = await three;
    assertEquals(await lines(), 3);
    const third = await SealedOpenings.open(folder);
    assertEquals(third.find("auction_7", commitment)?.price_micros_per_hour, 1_003);
  });
});

Deno.test("the same opening again is kept once, and one that can't be written is not kept", async () => {
  await withFolder(async (folder) => {
    const openings = await SealedOpenings.open(folder);
    const both = await Promise.all([openings.keep(ann, secret(1)), openings.keep(ann, secret(1))]);
    assertEquals(new Set(both).size, 1);
    const path = `${folder}/auction_7.openings`;
    assertEquals((await Deno.readTextFile(path)).split("\n").length, 2);
    await Deno.rename(folder, `${folder}.away`);
    await assertRejects(() => openings.keep(ann, secret(2)), HorizonError);
    await Deno.rename(`${folder}.away`, folder);
    const commitment = await openings.keep(ann, secret(2));
    assertEquals(openings.find("auction_7", commitment)?.price_micros_per_hour, 1_002);
  });
});

Deno.test("a damaged file is named, and the error quotes nothing of it", async () => {
  await withFolder(async (folder) => {
    const openings = await SealedOpenings.open(folder);
    await openings.keep(ann, secret(271_828));
    const path = `${folder}/auction_7.openings`;
    await Deno.writeTextFile(path, `x271828${await Deno.readTextFile(path)}`);
    const error = await assertRejects(() => SealedOpenings.open(folder), HorizonError);
    assertEquals(error.code, "data_corrupt");
    assertEquals(`${error.message} ${error.cause}`.includes("271828"), false);
  });
});

Deno.test("processes that share a folder write files of their own, and the next leader finds all openings", async () => {
  await withFolder(async (folder) => {
    const first = await SealedOpenings.open(folder, "first");
    const second = await SealedOpenings.open(folder, "second");
    const early = await first.keep(ann, secret(1));
    await second.reload();
    const late = await second.keep(ann, secret(2));
    await first.reload();
    for (const commitment of [early, late]) {
      assertEquals(first.find("auction_7", commitment)?.bidder, ann);
      assertEquals(second.find("auction_7", commitment)?.bidder, ann);
    }
    await first.forget("auction_7");
    await second.reload();
    assertEquals(second.auctions(), []);
    assertEquals(await Array.fromAsync(Deno.readDir(folder)), []);
  });
});
