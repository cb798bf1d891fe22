import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { accepted, gpuBody, listGpu, newActor, rentGpu } from "../registry/harness.ts";
import { Cluster, connect, isUpToDate, until } from "./cluster.ts";

Deno.test("a connected registry's feed is replicated, followed, and listed with its home", async () => {
  await using cluster = new Cluster();
  const a = await cluster.start("a");
  const b = await cluster.start("b");
  const owner = newActor();
  for (let i = 0; i < 20; i++) await accepted(b, owner, "gpu.register", gpuBody(`gpu-${i}`));
  await listGpu(b, owner, "rig-1");
  await connect(a, "b");
  await until(() => isUpToDate(a, b), "a has the feed of b");
  await rentGpu(b, newActor(), "rig-1");
  await until(() => isUpToDate(a, b), "a has what came later");
  const page = await (await a.fetch("/v1/gpus?all=true&limit=100")).json();
  assertEquals(page.total, 21);
  assert(page.gpus.every(({ home }: { home: string }) => home === b.node.id));
  const own = await (await a.fetch(`/v1/gpus?all=true&home=${a.node.id}`)).json();
  assertEquals(own.total, 0);
  // The other way round: b was told of a, and follows it too.
  await listGpu(a, newActor(), "rig-a");
  await until(() => isUpToDate(b, a), "b has the feed of a");
});

Deno.test("connecting to one finds the others, also by way of a third", async () => {
  await using cluster = new Cluster();
  const [a, b, c] = [await cluster.start("a"), await cluster.start("b"), await cluster.start("c")];
  await connect(b, "c");
  await connect(a, "b");
  await until(() => isUpToDate(a, c), "a has found c");
  await until(() => isUpToDate(c, a), "c has found a");
  assertEquals(a.services.federation.link(c.node.id)?.entry.connected, false);
});

Deno.test("an alias stays its node's, whoever answers at the URL by now", async () => {
  await using cluster = new Cluster();
  const [a, b, c] = [await cluster.start("a"), await cluster.start("b"), await cluster.start("c")];
  const link = await connect(a, "b");
  cluster.replace("b", c);
  await link.lost(new Error("its connection broke"), await link.reach());
  const refused = await assertRejects(() => connect(a, "b"), HorizonError, b.node.id);
  assertEquals(refused.code, "already_exists");
  const { federation } = a.services;
  const named = () => [...federation.links()].filter(({ entry }) => entry.alias === "b");
  assertEquals(named().map(({ node_id }) => node_id), [b.node.id]);
  const answer = await a.fetch(`/v1/homes/${b.node.id}/v1/node`);
  assertEquals(answer.status, 504);
  assertMatch((await answer.json()).detail, /answers z6Mk\w+\.$/);
  await federation.disconnect(b.node.id);
  assertEquals((await connect(a, "b")).node_id, c.node.id);
  await b[Symbol.asyncDispose]();
});

Deno.test("one that is cut off is said to be unreachable, and catches up when it is back", async () => {
  await using cluster = new Cluster();
  const [a, b] = [await cluster.start("a"), await cluster.start("b")];
  const link = await connect(a, "b");
  await until(() => isUpToDate(a, b) && isUpToDate(b, a), "both are up to date");
  cluster.cut("b");
  await until(() => link.status.state === "unreachable", "a knows");
  const owner = newActor();
  for (let i = 0; i < 30; i++) await accepted(b, owner, "gpu.register", gpuBody(`gpu-${i}`));
  await accepted(a, owner, "gpu.register", gpuBody("gpu-a"));
  cluster.heal("b");
  await until(() => isUpToDate(a, b) && isUpToDate(b, a), "they have converged");
  assertEquals(link.status.state, "live");
});

Deno.test("a registry whose disk lost its last commits fetches them back before it decides", async () => {
  await using cluster = new Cluster();
  const folder = await Deno.makeTempDir();
  const old = await Deno.makeTempDir();
  const a = await cluster.start("a");
  const b = await cluster.start("b", { folder });
  await connect(a, "b");
  await connect(b, "a");
  const owner = newActor();
  await accepted(b, owner, "gpu.register", gpuBody("gpu-1"));
  await b.services.sequencer.idle();
  await copyFolder(folder, old);
  for (let i = 2; i < 9; i++) await accepted(b, owner, "gpu.register", gpuBody(`gpu-${i}`));
  await until(() => isUpToDate(a, b), "a has all of b");
  const { head } = b.services.sequencer;
  await b.close();
  cluster.replace("b", null);
  const again = await cluster.start("b", { folder: old });
  assert(again.services.sequencer.head.seq >= head.seq);
  assertEquals(again.services.sequencer.state.gpus.size, 8);
  await accepted(again, owner, "gpu.register", gpuBody("gpu-9"));
  await until(() => isUpToDate(a, again), "a follows on");
  assertEquals(a.services.federation.link(b.node.id)?.status.trust, "checked");
  for (const path of [folder, old]) await Deno.remove(path, { recursive: true });
});

/** A copy of a data folder that is in use, as a disk keeps it that lost its last writes. */
async function copyFolder(from: string, to: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(from)) {
    if (isFile) await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

Deno.test("a node that is told of by many at a time becomes one link", async () => {
  await using cluster = new Cluster();
  const [a, b] = [await cluster.start("a"), await cluster.start("b")];
  const record = await b.services.federation.record();
  const { federation } = a.services;
  await Promise.all(Array.from({ length: 8 }, () => federation.introduce(record)));
  assertEquals([...federation.links()].length, 1);
  await until(() => isUpToDate(a, b), "a has the feed of b");
  // Each link asks for itself who answers.
  assertEquals(cluster.asked.filter((one) => one === "a → b /v1/node").length, 1);
});

Deno.test("connecting a node that is followed already breaks no connection but its own old one", async () => {
  await using cluster = new Cluster();
  const [a, b] = [await cluster.start("a"), await cluster.start("b")];
  const { federation } = a.services;
  await federation.introduce(await b.services.federation.record());
  await until(() => isUpToDate(a, b), "a follows b");
  for (let i = 0; i < 5; i++) {
    await federation.connect({ target: "http://b", alias: null });
    // The next one comes from where the record says, as if the operator had never named it.
    await federation.link(b.node.id)?.moveTo(null);
  }
  const owner = newActor();
  await accepted(b, owner, "gpu.register", gpuBody("gpu-1"));
  await until(() => isUpToDate(a, b), "a follows on");
});
