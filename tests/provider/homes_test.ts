import { assert, assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { type Identity, identityOf, newSecret } from "../../src/base/identity.ts";
import { type Home, Homes } from "../../src/provider/homes.ts";

const [OLD, NEW] = [identityOf(newSecret()).id, identityOf(newSecret()).id];

function home(changes: Partial<Home> = {}): Home {
  return {
    gpu_id: "rig-1",
    home: OLD,
    home_epoch: 1,
    from: null,
    gpu_type: "RTX 3090",
    vram_gb: 24,
    price_micros_per_hour: 300_000,
    ...changes,
  };
}

/** Runs a test on the record of a new owner, in a folder that is not there yet. */
async function withHomes(test: (homes: Homes, owner: Identity) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const owner = identityOf(newSecret());
    await test(new Homes(`${folder}/data`, owner), owner);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => work, HorizonError)).code;
}

Deno.test("a home is kept in a private file, and only a later one takes its place", async () => {
  await withHomes(async (homes) => {
    assertEquals(await homes.get("rig-1"), null);
    await homes.raise(home());
    if (Deno.build.os !== "windows") {
      assertEquals(((await Deno.stat(homes.path)).mode ?? 0) & 0o777, 0o600);
    }
    assertEquals(await codeOf(homes.raise(home({ home: NEW }))), "home_epoch_stale");
    await homes.raise(home({ home: NEW, home_epoch: 2, from: OLD }));
    assertEquals(await codeOf(homes.raise(home())), "home_epoch_stale");
    assertEquals(await codeOf(homes.raise(home({ home: NEW }))), "home_epoch_stale");
    await homes.raise(home({ home: NEW, home_epoch: 2, price_micros_per_hour: 1 }));
    const known = await homes.get("rig-1");
    assertEquals([known?.home, known?.home_epoch, known?.from], [NEW, 2, OLD]);
  });
});

Deno.test("only the home's own assignments are taken, and none of an older home", async () => {
  await withHomes(async (homes) => {
    assert(await homes.refusal(OLD, home()) !== null, "a GPU without a record is nobody's to run");
    await homes.raise(home({ home_epoch: 2 }));
    assertEquals(await homes.refusal(OLD, { gpu_id: "rig-1", home_epoch: 2 }), null);
    assert(await homes.refusal(OLD, { gpu_id: "rig-1", home_epoch: 1 }) !== null);
    assert(await homes.refusal(NEW, { gpu_id: "rig-1", home_epoch: 9 }) !== null);
    assertEquals((await homes.get("rig-1"))?.home_epoch, 2, "an assignment raises nothing");
  });
});

Deno.test("a first registration elsewhere is refused until the GPU is taken off its home", async () => {
  await withHomes(async (homes) => {
    await homes.checkFirst("rig-1", NEW);
    await homes.raise(home());
    await homes.checkFirst("rig-1", OLD);
    assertEquals(await codeOf(homes.checkFirst("rig-1", NEW)), "home_epoch_stale");
    await homes.forget("rig-1", NEW);
    assertEquals((await homes.get("rig-1"))?.home, OLD, "only its home takes it off");
    await homes.forget("rig-1", OLD);
    await homes.checkFirst("rig-1", NEW);
  });
});

for (
  const [what, forge] of [
    ["lowers an epoch", (text: string) => text.replace('"home_epoch": 2', '"home_epoch": 1')],
    ["names another home", (text: string) => text.replace(OLD, NEW)],
    ["has lost its entries", (text: string) => text.replace(/"homes": \[[^]*?\]/, '"homes": []')],
    ["has a field too many", (text: string) => text.replace('"from"', '"extra": 1, "from"')],
    ["is cut short", (text: string) => text.slice(0, -20)],
    ["is empty", () => ""],
    ["is no JSON", () => "homes"],
    ["has no signature", (text: string) => text.replace(/"sig": "[^"]+"/, '"sig": ""')],
  ] as const
) {
  Deno.test(`a record that ${what} is not trusted, nor written over`, async () => {
    await withHomes(async (homes) => {
      await homes.raise(home({ home_epoch: 2 }));
      const honest = await Deno.readTextFile(homes.path);
      const forged = forge(honest);
      assert(forged !== honest, "the forgery changed something");
      await Deno.writeTextFile(homes.path, forged);
      assertEquals(await codeOf(homes.get("rig-1")), "homes_corrupt");
      assertEquals(await codeOf(homes.raise(home({ home_epoch: 3 }))), "homes_corrupt");
      assertEquals(await codeOf(homes.refusal(OLD, home())), "homes_corrupt");
      assertEquals(await Deno.readTextFile(homes.path), forged);
    });
  });
}

Deno.test("a record that somebody else signed is not trusted", async () => {
  await withHomes(async (homes) => {
    await homes.raise(home());
    const other = new Homes(homes.path.replace(/\/homes\.json$/, ""), identityOf(newSecret()));
    assertEquals(await codeOf(other.get("rig-1")), "homes_corrupt");
  });
});

Deno.test("of many writers at once none is lost", async () => {
  await withHomes(async (homes, owner) => {
    const folder = homes.path.replace(/\/homes\.json$/, "");
    const ids = Array.from({ length: 20 }, (_, i) => `rig-${i}`);
    await Promise.all(ids.map((gpu_id) => new Homes(folder, owner).raise(home({ gpu_id }))));
    for (const gpu_id of ids) assertEquals((await homes.get(gpu_id))?.home, OLD);
  });
});
