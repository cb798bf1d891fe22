import { assert, assertEquals, assertRejects } from "@std/assert";
import { newId } from "../../src/base/ids.ts";
import { Home } from "./binary.ts";
import { replayHash } from "./replay_folder.ts";
import { gpuBody, judgement, newActor, serve, type Served } from "./served.ts";

const WRITES = 300;

/** Deposits until it is told to stop; the last event that was acknowledged. */
async function writeUntil(served: Served, isDone: () => boolean): Promise<number> {
  const to = newActor().id;
  let seq = 0;
  while (!isDone()) {
    seq = (await served.operator.submit("wallet.deposit", { to, amount_micros: 1 })).seq;
  }
  return seq;
}

async function stock(served: Served): Promise<void> {
  const owner = served.as(newActor());
  await owner.submit("gpu.register", gpuBody("gpu-1", 250_000));
  await served.operator.submit("gpu.judge", judgement("gpu-1", newId(Date.now())));
  let left = WRITES;
  await writeUntil(served, () => left-- === 0);
}

Deno.test("a registry that serves is backed up under writes, restored elsewhere, and goes on", async () => {
  await using home = new Home("backup");
  await home.json(["init"]);
  const served = await serve(home);
  await stock(served);
  const file = `${home.folder}/a.horizon`;
  let isDone = false;
  const writing = writeUntil(served, () => isDone);
  const written = await home.json(["backup", file]);
  isDone = true;
  const last_seq = await writing;
  const seq = Number(written["seq"]);
  assert(seq > WRITES && seq <= last_seq);
  assertEquals(written["node_id"], served.node_id);
  assertEquals(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
  const again = await home.run(["backup", file, "--json"]);
  assertEquals([again.code, again.stdout.includes("already_exists")], [1, true]);
  const checked = await home.json(["fsck", "--backup", file]);
  assertEquals(checked["ok"], true);
  const busy = await home.run(["fsck", "--json"]);
  assertEquals([busy.code, busy.stdout.includes("folder_busy")], [1, true]);
  assertEquals(await served.process.kill("SIGTERM"), 0);
  assertEquals((await home.json(["fsck"]))["ok"], true);

  const other = `${home.folder}/other`;
  const restored = await home.json(["restore", file, "--data", other]);
  assertEquals(restored["seq"], seq);
  assert(Number(restored["epoch"]) > 1);
  const hashes = [`${home.folder}/data`, other].map((folder) => replayHash(folder, seq));
  const [original, copy] = await Promise.all(hashes);
  assertEquals(copy, original);
  const over = await home.run(["restore", file, "--json"]);
  assertEquals([over.code, over.stdout.includes("already_exists")], [1, true]);

  await Deno.rename(`${home.folder}/data`, `${home.folder}/lost`);
  await Deno.rename(other, `${home.folder}/data`);
  const second = await serve(home);
  assertEquals(second.node_id, served.node_id);
  let left = 3;
  assert(await writeUntil(second, () => left-- === 0) > seq);
  assertEquals(await second.process.kill("SIGTERM"), 0);
  assertEquals((await home.json(["fsck"]))["ok"], true);
});

Deno.test("kill -9 in the middle of a restore leaves no data folder, and the next restore is whole", async () => {
  await using home = new Home("restore");
  await home.json(["init"]);
  const served = await serve(home);
  await stock(served);
  assertEquals(await served.process.kill("SIGTERM"), 0);
  // Nobody holds the folder: the command opens the registry itself.
  const file = `${home.folder}/a.horizon`;
  const { seq } = await home.json(["backup", file]);
  const target = `${home.folder}/new/data`;
  const restoring = home.start(["restore", file, "--data", target]);
  await restoring.line(/^Restored event [1-9]/);
  await restoring.kill("SIGKILL");
  await assertRejects(() => Deno.stat(target), Deno.errors.NotFound);
  await Deno.stat(`${target}.restoring`);
  assertEquals((await home.json(["restore", file, "--data", target]))["seq"], seq);
  await assertRejects(() => Deno.stat(`${target}.restoring`), Deno.errors.NotFound);
  assertEquals((await home.json(["fsck", "--data", target]))["ok"], true);
});

Deno.test("a changed byte is found, by a restore and by fsck, with exit code 1", async () => {
  await using home = new Home("damage");
  await home.json(["init"]);
  await home.json(["wallet", "deposit", "3"]);
  const file = `${home.folder}/a.horizon`;
  await home.json(["backup", file]);
  const bytes = await Deno.readFile(file);
  const at = Math.floor(bytes.length / 2);
  await Deno.writeFile(file, bytes.with(at, (bytes[at] ?? 0) ^ 1));
  const restored = await home.run(["restore", file, "--data", `${home.folder}/x`, "--json"]);
  assertEquals([restored.code, restored.stdout.includes("backup_invalid")], [1, true]);
  const checked = await home.run(["fsck", "--backup", file]);
  assertEquals([checked.code, checked.stdout.includes("WRONG")], [1, true]);
  const left = [...Deno.readDirSync(home.folder)].map(({ name }) => name).sort();
  assertEquals(left, ["a.horizon", "config", "data", "state"]);
});
