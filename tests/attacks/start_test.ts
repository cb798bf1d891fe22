import { assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { batchLines } from "../../src/protocol/feed_lines.ts";
import { FEED_LINES_TYPE } from "../../src/protocol/network.ts";
import { problemResponse } from "../../src/registry/problem_response.ts";
import { Cluster, connect, type Host, isUpToDate, until } from "../federation/cluster.ts";
import { accepted, gpuBody, newActor, type TestRegistry } from "../registry/harness.ts";

const CODES = ["fork_found", "data_corrupt", "disk_full", "fenced", "state_mismatch"] as const;

Deno.test("no answer of a peer's keeps a registry from starting", async () => {
  await using cluster = new Cluster();
  const folder = await Deno.makeTempDir();
  const peer = await cluster.start("peer");
  const first = await cluster.start("victim", { folder });
  await connect(first, "peer");
  for (let i = 0; i < 3; i++) {
    await accepted(first, newActor(), "gpu.register", gpuBody(`gpu-${i}`));
  }
  const old = await oldCommits(first);
  await first.close();
  const answers = [
    ...CODES.map((code) => () => problemResponse(new HorizonError(code, "made up"))),
    // What the victim has signed itself, at another place.
    ...old.map((lines) => () =>
      new Response(lines, { headers: { "content-type": FEED_LINES_TYPE } })
    ),
  ];
  for (const [i, answer] of answers.entries()) {
    cluster.replace("peer", answering(peer, answer));
    const victim = await cluster.start("victim", { folder });
    await accepted(victim, newActor(), "gpu.register", gpuBody(`later-${i}`));
    assertEquals(victim.services.sequencer.state.gpus.size, 4 + i);
    await victim.close();
  }
  cluster.replace("victim", null);
  cluster.replace("peer", peer);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("an old copy that went on by itself is told of the fork, and doesn't start", async () => {
  await using cluster = new Cluster();
  const [folder, old] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
  const peer = await cluster.start("peer");
  const first = await cluster.start("victim", { folder });
  await connect(first, "peer");
  await connect(peer, "victim");
  await first.services.sequencer.idle();
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile) await Deno.copyFile(`${folder}/${name}`, `${old}/${name}`);
  }
  for (let i = 0; i < 6; i++) {
    await accepted(first, newActor(), "gpu.register", gpuBody(`gpu-${i}`));
  }
  await until(() => isUpToDate(peer, first), "the peer has it");
  await first.close();
  cluster.replace("victim", null);
  cluster.cut("peer");
  const copy = await cluster.open("copy", { folder: old });
  await accepted(copy, newActor(), "gpu.register", gpuBody("other"));
  await copy.close();
  cluster.replace("copy", null);
  cluster.heal("peer");
  await assertRejects(
    () => cluster.open("victim", { folder: old }),
    HorizonError,
    "A peer holds other events",
  );
  for (const path of [folder, old]) await Deno.remove(path, { recursive: true });
});

/** Each commit of a registry's feed, and a late one after an early event. */
async function oldCommits({ services: { store } }: TestRegistry): Promise<string[]> {
  const commits: string[] = [];
  const decoder = new TextDecoder();
  const made = [];
  for await (const { records, checkpoint } of store.journal.batches(0)) {
    made.push({ texts: records.map((bytes) => decoder.decode(bytes)), checkpoint });
  }
  for (const batch of made) commits.push(batchLines(batch) + "\n");
  const [early, late] = [made[0], made.at(-1)];
  if (early === undefined || late === undefined) throw new Error("the feed is empty");
  commits.push(batchLines({ texts: early.texts, checkpoint: late.checkpoint }) + "\n");
  return commits;
}

/** A registry in whose place something else answers when it is asked for a feed. */
function answering(registry: TestRegistry, answer: () => Response): Host {
  return {
    fetch: async (path, init) =>
      path.includes("/feeds/") ? answer() : await registry.fetch(path, init),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
