import { assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { Snapshots } from "../../src/store/snapshots.ts";
import { withFolder } from "./folder.ts";
import { Random } from "../random.ts";

const HASH = "ab".repeat(32);
const random = new Random(11);
const state = (seq: number) => new Random(seq).bytes(2_000);
const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

async function threeWritten(folder: string): Promise<Snapshots> {
  const snapshots = await Snapshots.open(folder);
  for (const seq of [9, 10, 200]) await snapshots.write({ seq, hash: HASH }, state(seq));
  return snapshots;
}

Deno.test("the newest snapshot is returned, and only two stay", async () => {
  await withFolder(async (folder) => {
    assertEquals(await (await Snapshots.open(`${folder}/none`)).latest(), {
      snapshot: null,
      damaged: [],
    });
    const snapshots = await threeWritten(`${folder}/s`);
    assertEquals(names(`${folder}/s`), ["0000000000000010.snapshot", "0000000000000200.snapshot"]);
    const { snapshot, damaged } = await snapshots.latest();
    assertEquals(damaged, []);
    assertEquals(snapshot, { head: { seq: 200, hash: HASH }, state: state(200) });
  });
});

Deno.test("a damaged snapshot is named, and the older good one takes its place", async () => {
  const cases: [string, (bytes: Uint8Array<ArrayBuffer>) => Uint8Array][] = [
    ["its bytes don't have its hash", (bytes) => bytes.subarray(0, -1)],
    ["its bytes don't have its hash", (bytes) => bytes.with(500, bytes[500]! ^ 1)],
    [
      "its bytes don't have its hash",
      (bytes) => new TextEncoder().encode(new TextDecoder("latin1").decode(bytes)),
    ],
    ["its header can't be read", (bytes) => bytes.subarray(1)],
    ["it has no header", (bytes) => bytes.subarray(0, 50)],
    ["it has no header", () => new Uint8Array(0)],
    ["it has no header", () => random.bytes(3_000).map((byte) => byte | 0x80)],
  ];
  for (const [what, damage] of cases) {
    await withFolder(async (folder) => {
      const snapshots = await threeWritten(folder);
      const path = `${folder}/0000000000000200.snapshot`;
      await Deno.writeFile(path, damage(await Deno.readFile(path)));
      const { snapshot, damaged } = await snapshots.latest();
      assertEquals(damaged.map(({ message }) => message), [
        `The snapshot ${path} is damaged: ${what}`,
      ]);
      assertEquals(damaged[0]?.code, "data_corrupt");
      assertEquals(snapshot, { head: { seq: 10, hash: HASH }, state: state(10) });
    });
  }
});

Deno.test("a snapshot of another seq or hash than its own is damaged", async () => {
  await withFolder(async (folder) => {
    const snapshots = await Snapshots.open(folder);
    await snapshots.write({ seq: 7, hash: HASH }, state(7));
    const path = `${folder}/0000000000000007.snapshot`;
    const bytes = await Deno.readFile(path);
    const seven = bytes.indexOf(0x37, bytes.indexOf(0x71));
    await Deno.writeFile(path, bytes.with(seven, 0x38));
    const { snapshot, damaged } = await snapshots.latest();
    assertEquals(snapshot, null);
    assertEquals(damaged.length, 1);
  });
});

Deno.test("a half-written snapshot is removed when the folder is opened", async () => {
  await withFolder(async (folder) => {
    await threeWritten(folder);
    await Deno.writeFile(`${folder}/0000000000000300.snapshot.tmp`, state(1));
    const { snapshot } = await (await Snapshots.open(folder)).latest();
    assertEquals(snapshot?.head.seq, 200);
    assertEquals(names(folder).length, 2);
  });
});

Deno.test("a snapshot that can't be written leaves the others and no rest", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await withFolder(async (folder) => {
    const snapshots = await threeWritten(folder);
    // A folder in the place of the new file makes the rename fail.
    await Deno.mkdir(`${folder}/0000000000000300.snapshot/full`, { recursive: true });
    await assertRejects(() => snapshots.write({ seq: 300, hash: HASH }, state(3)), HorizonError);
    await Deno.remove(`${folder}/0000000000000300.snapshot`, { recursive: true });
    assertEquals((await snapshots.latest()).snapshot?.head.seq, 200);
    assertEquals(names(folder).length, 2);
  });
});
