import { assert, assertEquals } from "@std/assert";
import { writeFileAtomically } from "../../src/base/atomic_file.ts";
import { writeDurably } from "../../src/store/durable_file.ts";
import { Disk } from "./disk.ts";
import { replaceFiles } from "./files.ts";
import { SimKv } from "./kv.ts";
import { Process, World } from "./world.ts";

const FOLDER = "/sim/a";
const SEEDS = 40;
const encoder = new TextEncoder();

/** Whether the work's file is there after it and a power cut, by seed. */
async function survives(
  work: (path: string, world: World, disk: Disk) => Promise<void>,
): Promise<boolean[]> {
  const found: boolean[] = [];
  for (let seed = 0; seed < SEEDS; seed++) {
    using world = new World(seed);
    const disk = new Disk(world.random);
    const restore = replaceFiles(disk, world);
    try {
      disk.makeFolder(FOLDER, 0o700);
      let isDone = false;
      const path = `${FOLDER}/file`;
      const process = new Process(world, "a", 0);
      world.spawn(process, "work", () => work(path, world, disk)).then(() => isDone = true);
      assert(await world.runUntil(() => isDone, 10_000));
      disk.crash(FOLDER);
      found.push(disk.has(path) && disk.find(path).bytes.length === 4);
    } finally {
      restore();
    }
  }
  return found;
}

Deno.test("what the store makes durable outlives a power cut on every seed", async () => {
  assert((await survives((path) => writeDurably(path, [encoder.encode("text")]))).every(Boolean));
  assert((await survives((path) => writeFileAtomically(path, "text"))).every(Boolean));
});

Deno.test("what nobody synced is lost on some seeds and kept on others", async () => {
  const found = await survives((path) => Deno.writeTextFile(path, "text"));
  assertEquals(new Set(found), new Set([true, false]));
});

Deno.test("a commit under way is lost or kept in full, one that was answered is kept", async () => {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < SEEDS; seed++) {
    using world = new World(seed);
    const disk = new Disk(world.random);
    const file = disk.kv(`${FOLDER}/kv`);
    const process = new Process(world, "a", 0);
    let isAnswered = false;
    world.spawn(process, "commits", async () => {
      const kv = new SimKv(file, world);
      assert((await kv.atomic().set(["a"], 1).commit()).ok);
      isAnswered = true;
      await kv.atomic().check({ key: ["a"], versionstamp: null }).set(["a"], 0).commit();
      await kv.atomic().set(["b"], 1).set(["c"], 1).commit();
    });
    assert(await world.runUntil(() => isAnswered, 10_000));
    await world.runUntil(() => false, world.now_ms + world.random.below(12));
    disk.crash(FOLDER);
    assertEquals(file.get(["a"])?.value, 1);
    assertEquals(file.get(["b"])?.value, file.get(["c"])?.value);
    outcomes.add(String(file.get(["b"])?.value));
  }
  assertEquals(outcomes, new Set(["1", "undefined"]));
});
