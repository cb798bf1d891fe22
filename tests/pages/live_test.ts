import { assert, assertEquals } from "@std/assert";
import { changes } from "../../src/registry/pages/live.ts";
import { placeBid, startAuction } from "../registry/auctions.ts";
import { newBidder } from "../registry/auctions.ts";
import { accepted, gpuBody, listGpu, newActor, openTest } from "../registry/harness.ts";

/** The messages of a page's stream, one by one. */
function messagesOf(response: Response) {
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  assert(response.body !== null);
  return response.body.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
}

Deno.test("a page's stream tells at once where the feed is, and then of each change of its subject", async () => {
  await using registry = await openTest();
  const owner = newActor();
  for (const gpu_id of ["rig-1", "rig-2"]) await listGpu(registry, owner, gpu_id);
  const [all, one] = [
    messagesOf(await registry.fetch("/live?of=gpus")),
    messagesOf(await registry.fetch("/live?of=gpu&id=rig-1")),
  ];
  const seq = registry.services.sequencer.head.seq;
  assertEquals((await all.next()).value, `id: ${seq}\ndata: gpus\n\n`);
  assertEquals((await one.next()).value, `id: ${seq}\ndata: gpu rig-1\n\n`);
  const price = async (gpu_id: string) => {
    const body = { gpu_id, price_micros_per_hour: 310_000 };
    return (await accepted(registry, owner, "gpu.update", body)).seq;
  };
  const other_seq = await price("rig-2");
  assertEquals((await all.next()).value, `id: ${other_seq}\ndata: gpus\n\n`);
  const own_seq = await price("rig-1");
  assertEquals((await one.next()).value, `id: ${own_seq}\ndata: gpu rig-1\n\n`);
  await all.return?.();
  await one.return?.();
});

Deno.test("a bid changes its auction and the list of auctions", async () => {
  await using registry = await openTest();
  const owner = newActor();
  await listGpu(registry, owner, "rig-1");
  const auction_id = await startAuction(registry, owner, "rig-1", { format: "english" });
  const list = messagesOf(await registry.fetch("/live?of=auctions"));
  const one = messagesOf(await registry.fetch(`/live?of=auction&id=${auction_id}`));
  await list.next();
  await one.next();
  await placeBid(registry, await newBidder(registry), "rig-1", 200_000);
  const { seq } = registry.services.sequencer.head;
  assertEquals((await one.next()).value, `id: ${seq}\ndata: auction ${auction_id}\n\n`);
  assertEquals((await list.next()).value, `id: ${seq}\ndata: auctions\n\n`);
  await list.return?.();
  await one.return?.();
});

Deno.test("changes while nobody listens are told once, and an ended stream lets go of its subject", async () => {
  await using registry = await openTest();
  const { subjects, sequencer } = registry.services;
  const end = new AbortController();
  const stream = changes("gpus", { subjects, sequencer }, end.signal, null);
  await stream.next();
  const owner = newActor();
  for (let i = 0; i < 5; i++) {
    await accepted(registry, owner, "gpu.register", gpuBody(`rig-${i}`));
  }
  assertEquals((await stream.next()).value?.id, sequencer.head.seq);
  const waiting = stream.next();
  end.abort();
  assertEquals((await waiting).done, true);
});

Deno.test("what changes without an event is told of again and again", async () => {
  await using registry = await openTest();
  const end = new AbortController();
  const stream = changes("head", registry.services, end.signal, 1);
  for (let i = 0; i < 3; i++) assertEquals((await stream.next()).value?.data, "head");
  end.abort();
  assertEquals((await stream.next()).done, true);
});

Deno.test("a stream of an unknown subject is refused", async () => {
  await using registry = await openTest();
  for (const query of ["", "?of=everything", "?of=gpu", "?of=gpu&id=%1b"]) {
    const response = await registry.fetch(`/live${query}`);
    assertEquals([response.status, (await response.json()).code], [400, "invalid_input"]);
  }
});
