import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import type { LogEntry } from "../../src/base/log.ts";
import { KEYS } from "../../src/store/keys.ts";
import { Random } from "../random.ts";
import { accepted, gpuBody, newActor, type TestRegistry } from "../registry/harness.ts";
import { Cluster, connect, isUpToDate, until } from "./cluster.ts";

/** Events of the home. */
const FEW = 40;
/** Over the 1,000 that make a replica write a snapshot when it closes. */
const MANY = 1_100;
/** An owner may have 1,000. */
const GPUS_PER_OWNER = 600;

/** What a disk may do to a replica's folder between two starts. */
const DAMAGES: Record<string, (folder: string, random: Random) => Promise<void>> = {
  "a journal cut in half": (folder) => cut(`${folder}/journal.kv`),
  "an empty journal": (folder) => Deno.truncate(`${folder}/journal.kv`, 0),
  "a journal that is no database": (folder) =>
    Deno.writeTextFile(`${folder}/journal.kv`, "nothing of SQLite's".repeat(1_000)),
  "a journal with flipped bytes": async (folder, random) => {
    for (let i = 0; i < 64; i++) await flip(`${folder}/journal.kv`, random);
    await Deno.remove(`${folder}/snapshots`, { recursive: true });
  },
  "a journal that is gone": (folder) => Deno.remove(`${folder}/journal.kv`),
  "a journal that is gone beside a snapshot": (folder) => Deno.remove(`${folder}/journal.kv`),
  "a journal that is a folder": async (folder) => {
    await Deno.remove(`${folder}/journal.kv`);
    await Deno.mkdir(`${folder}/journal.kv`);
  },
  "a snapshot with a flipped byte": async (folder, random) => {
    for await (const { name } of Deno.readDir(`${folder}/snapshots`)) {
      await flip(`${folder}/snapshots/${name}`, random);
    }
  },
};

/** An empty replica is a sound one, and the journal stands in for a snapshot. */
const UNSAID = [
  "an empty journal",
  "a journal that is gone",
  "a snapshot with a flipped byte",
];

for (const [what, damage] of Object.entries(DAMAGES)) {
  Deno.test(`${what} of a replica is fetched anew, and the market serves`, async () => {
    const random = Random.fresh();
    console.log(`seed ${random.seed}`);
    await using stage = await Stage.open(what.includes("snapshot") ? MANY : FEW);
    await damage(stage.replica, random);
    const log: LogEntry[] = [];
    const registry = await stage.reopen(log);
    await accepted(registry, newActor(), "gpu.register", gpuBody("own-1"));
    await until(() => isUpToDate(registry, stage.home), "the replica is there again");
    assertEquals(registry.services.federation.evidence.ids, []);
    const isSaid = log.some(({ subject }) => subject?.includes("anew"));
    assertEquals(isSaid, !UNSAID.includes(what));
  });
}

Deno.test("a replica whose folder can't be made is tried again, and its node isn't forgotten", async () => {
  await using stage = await Stage.open();
  const replicas = `${stage.folder}/replicas`;
  await Deno.rename(replicas, `${replicas}-away`);
  await Deno.writeTextFile(replicas, "no folder");
  const log: LogEntry[] = [];
  const registry = await stage.reopen(log);
  await accepted(registry, newActor(), "gpu.register", gpuBody("own-1"));
  const { federation } = registry.services;
  assertEquals([...federation.links()].length, 0);
  assert(log.some(({ subject }) => subject?.startsWith("opening the replica")));
  await federation.book.save();
  assertStringIncludes(await Deno.readTextFile(`${stage.folder}/peers.json`), stage.home.node.id);
  await Deno.remove(replicas);
  await Deno.rename(`${replicas}-away`, replicas);
  await federation.book.openRest();
  await until(() => isUpToDate(registry, stage.home), "the replica follows again");
});

Deno.test("a damaged book of peers is set aside and said, and connecting again mends it", async () => {
  await using stage = await Stage.open();
  await Deno.writeTextFile(`${stage.folder}/peers.json`, '{"v":1,"peers":[{"node_id":');
  const log: LogEntry[] = [];
  const registry = await stage.reopen(log);
  await accepted(registry, newActor(), "gpu.register", gpuBody("own-1"));
  assert(log.some(({ details }) => /connect them again/.test(String(details?.["message"]))));
  await Deno.stat(`${stage.folder}/peers.json.damaged`);
  await connect(registry, "home");
  await until(() => isUpToDate(registry, stage.home), "the replica follows");
});

Deno.test("damaged evidence is set aside and said, and the rest is kept", async () => {
  await using stage = await Stage.open();
  const name = `${"ab".repeat(32)}.json`;
  await Deno.writeTextFile(`${stage.folder}/evidence/${name}`, "\0".repeat(300));
  const log: LogEntry[] = [];
  const registry = await stage.reopen(log);
  await accepted(registry, newActor(), "gpu.register", gpuBody("own-1"));
  assert(log.some(({ details }) => String(details?.["message"]).includes(`${name}.damaged`)));
  await until(() => isUpToDate(registry, stage.home), "the replica follows");
});

Deno.test("damage that is found while it serves makes a replica anew too", async () => {
  await using stage = await Stage.open();
  const log: LogEntry[] = [];
  const registry = await stage.reopen(log);
  await until(() => isUpToDate(registry, stage.home), "the replica is there");
  const link = registry.services.federation.link(stage.home.node.id);
  assert(link !== undefined);
  const first = await stage.home.services.store.journal.batches(0).next();
  assert(first.value !== undefined);
  await tear(`${stage.replica}/journal.kv`);
  const { client } = await link.reach();
  const head = first.value.checkpoint;
  await assertRejects(() => link.noteHead(head, client), HorizonError, "fetched anew");
  await link.pull(client);
  assert(isUpToDate(registry, stage.home));
  assert(log.some(({ subject }) => subject?.includes("anew")));
});

/** A home with a feed, and a closed folder of a registry that holds a whole replica of it. */
class Stage implements AsyncDisposable {
  private constructor(
    readonly cluster: Cluster,
    readonly home: TestRegistry,
    readonly folder: string,
  ) {}

  static async open(gpus = FEW): Promise<Stage> {
    const cluster = new Cluster();
    const folder = await Deno.makeTempDir();
    const home = await cluster.start("home");
    let owner = newActor();
    for (let i = 1; i <= gpus; i++) {
      await accepted(home, owner, "gpu.register", gpuBody(`gpu-${i}`));
      if (i % GPUS_PER_OWNER === 0) owner = newActor();
    }
    const first = await cluster.start("peer", { folder });
    await connect(first, "home");
    await until(() => isUpToDate(first, home), "the replica is there");
    cluster.replace("peer", null);
    await first.close();
    return new Stage(cluster, home, folder);
  }

  /** Where the replica lies. */
  get replica(): string {
    return `${this.folder}/replicas/${this.home.node.id}`;
  }

  /** The registry of the folder, started again. */
  async reopen(log: LogEntry[]): Promise<TestRegistry> {
    return await this.cluster.start("peer", {
      folder: this.folder,
      log: (entry) => void log.push(entry),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Takes the parts of the first commit out of a journal that is open. */
async function tear(path: string): Promise<void> {
  using kv = await Deno.openKv(path);
  for await (const { key } of kv.list({ prefix: KEYS.feed() }, { limit: 1 })) await kv.delete(key);
}

async function cut(path: string): Promise<void> {
  const { size } = await Deno.stat(path);
  await Deno.truncate(path, Math.floor(size / 2));
}

async function flip(path: string, random: Random): Promise<void> {
  const bytes = await Deno.readFile(path);
  const at = random.below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  await Deno.writeFile(path, bytes);
}
