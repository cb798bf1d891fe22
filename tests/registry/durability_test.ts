import { assert, assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { serialize, stateHash } from "../../src/market/market.ts";
import { frameIntent } from "../../src/protocol/frame.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import {
  accepted,
  act,
  envelope,
  gpuBody,
  listGpu,
  ManualClock,
  newActor,
  openTest,
  problemIn,
  rentGpu,
  submit,
  type TestRegistry,
} from "./harness.ts";

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Some life: two GPUs, a lease that runs and one that has ended, a refusal. */
async function live(registry: TestRegistry): Promise<void> {
  const [owner, renter] = [newActor(), newActor()];
  await listGpu(registry, owner, "gpu-1");
  await listGpu(registry, owner, "gpu-2");
  await rentGpu(registry, renter, "gpu-1");
  const lease_id = await rentGpu(registry, renter, "gpu-2");
  registry.clock.pass(60_000);
  await accepted(registry, renter, "lease.end", { lease_id });
  await act(registry, renter, "lease.end", { lease_id });
}

Deno.test("a restart replays the journal into the same state, with and without a snapshot", async () => {
  await withFolder(async (folder) => {
    const clock = new ManualClock();
    const first = await openTest({ folder, clock });
    await live(first);
    const { state, head } = first.services.sequencer;
    const hash = stateHash(state);
    await first.close();

    const second = await openTest({ folder, clock });
    assertEquals(second.services.sequencer.head, head);
    assertEquals(stateHash(second.services.sequencer.state), hash);
    await second.services.projector.flush(head.seq);
    const bytes = serialize(second.services.sequencer.state);
    await second.services.store.snapshots.write(head, bytes);
    await second.close();

    const third = await openTest({ folder, clock });
    assertEquals(third.services.sequencer.snapshot_seq, head.seq);
    assertEquals(stateHash(third.services.sequencer.state), hash);
    await third.close();
  });
});

Deno.test("a commit that fails is not acknowledged, and the memory goes back to the journal", async () => {
  await withFolder(async (folder) => {
    const registry = await openTest({ folder });
    const actor = newActor();
    await accepted(registry, actor, "gpu.register", gpuBody("gpu-1"));
    const before = stateHash(registry.services.sequencer.state);
    await moveHead(folder);
    const sent = await envelope(actor, registry, "gpu.register", gpuBody("gpu-2"));
    const init = { method: "POST", body: JSON.stringify({ envelopes: [sent] }) };
    const response = await registry.fetch("/v1/intents", init);
    assert(response.status >= 500, `answered ${response.status}`);
    assertEquals((await problemIn(response)).code, "fenced");
    await registry.services.sequencer.ready();
    assertEquals(stateHash(registry.services.sequencer.state), before);
    assertEquals((await registry.fetch("/v1/gpus/gpu-2")).status, 404);
    const [again] = await submit(registry, sent);
    assertEquals(again?.ok, true, "the same intent can be sent again");
    assertEquals((await registry.fetch("/v1/gpus/gpu-2")).status, 200);
    await registry.close();
  });
});

Deno.test("a read shows nothing before it is durable, and waits for the seq that it asks for", async () => {
  await using registry = await openTest();
  const actor = newActor();
  const sent = await envelope(actor, registry, "gpu.register", gpuBody("gpu-1"));
  const { sequencer } = registry.services;
  const audience = { node_id: registry.node.id, now: registry.clock.now() };
  const result = await sequencer.offer(frameIntent(sent, audience));
  const shown = registry.fetch("/v1/gpus?all=true");
  assert(sequencer.feed.head.seq < sequencer.head.seq, "it is decided, and not durable yet");
  assertEquals((await (await shown).json()).total, 1);
  assertEquals(sequencer.feed.head.seq, result.seq, "it was durable when it was shown");
  const { head } = sequencer.feed;
  const next = registry.fetch(`/v1/gpus/gpu-2?min_seq=${head.seq + 1}`);
  await accepted(registry, actor, "gpu.register", gpuBody("gpu-2"));
  assertEquals((await next).status, 200);
});

Deno.test("a downtime of a served registry is a gap: it is not billed", async () => {
  await withFolder(async (folder) => {
    const clock = new ManualClock();
    const first = await openTest({ folder, clock });
    const renter = newActor();
    await listGpu(first, newActor(), "gpu-1");
    const lease_id = await rentGpu(first, renter, "gpu-1", 3600);
    const ends_at = first.services.sequencer.state.leases.get(lease_id)?.ends_at ?? 0;
    await first.close();
    const downtime_ms = 5 * 3600_000;
    clock.pass(downtime_ms);
    const second = await openTest({ folder, clock });
    const lease = second.services.sequencer.state.leases.get(lease_id);
    assertEquals(lease?.state, "live", "its time had not run out");
    assertEquals(lease?.ends_at, ends_at + downtime_ms);
    await second.close();
  });
});

Deno.test("a folder that was served once stays served, and its operator's flags are events", async () => {
  await withFolder(async (folder) => {
    const settings = { welcome_credit_micros: 5 };
    const first = await openTest({ folder, mode: "embedded" });
    assertEquals(first.services.sequencer.state.settings.mode, "embedded");
    await first.close();
    const second = await openTest({ folder, mode: "served", settings });
    assertEquals(second.services.sequencer.state.settings.mode, "served");
    const { seq } = second.services.sequencer.head;
    await second.close();
    const third = await openTest({ folder, mode: "embedded" });
    assertEquals(third.services.sequencer.state.settings.mode, "served");
    assertEquals(third.services.sequencer.state.settings.welcome_credit_micros, 5);
    assertEquals(third.services.sequencer.head.seq, seq, "nothing changed, so no event");
    await third.close();
  });
});

Deno.test("a folder is refused whose node key is missing, exposed or another", async () => {
  await withFolder(async (folder) => {
    const first = await openTest({ folder });
    await first.close();
    const key = `${folder}/node.key`;
    await Deno.chmod(key, 0o644);
    await refused(folder, "key_exposed");
    await Deno.chmod(key, 0o600);
    await Deno.rename(key, `${key}.away`);
    await refused(folder, "key_missing");
    const other = await Deno.makeTempDir();
    await (await openTest({ folder: other })).close();
    await Deno.copyFile(`${other}/node.key`, key);
    await Deno.remove(other, { recursive: true });
    await refused(folder, "data_corrupt");
    await Deno.rename(`${key}.away`, key);
    await (await openTest({ folder })).close();
  });
});

Deno.test("a clock that jumps by hours stops the market, one that goes back stops its time", async () => {
  await using registry = await openTest();
  const actor = newActor();
  const { at } = await accepted(registry, actor, "gpu.register", gpuBody("gpu-1"));
  registry.clock.set(-60_000);
  const next = await accepted(registry, actor, "gpu.register", gpuBody("gpu-2"));
  assertEquals(next.at, at, "the time of events never goes back");
  registry.clock.set(LIMITS.clock_jump_ms + 120_000);
  const result = await act(registry, actor, "gpu.register", gpuBody("gpu-3"));
  assertEquals(result.ok ? "accepted" : result.code, "clock_jumped");
});

Deno.test("deadlines fire at their own time, in order, before the intent that comes after them", async () => {
  await using registry = await openTest();
  const renter = newActor();
  await listGpu(registry, newActor(), "gpu-1");
  const lease_id = await rentGpu(registry, renter, "gpu-1", 60);
  const ends_at = registry.services.sequencer.state.leases.get(lease_id)?.ends_at;
  registry.clock.pass(90_000);
  await accepted(registry, renter, "gpu.register", gpuBody("gpu-2"));
  const page = await (await registry.fetch(`/v1/feeds/${registry.node.id}?limit=1000`)).json();
  const ended = page.events.find((event: { type: string }) => event.type === "lease.ended");
  assertEquals(ended.at, ends_at);
  assertEquals(page.events.at(-1).type, "gpu.registered");
  assert(page.events.at(-1).at > ended.at);
});

async function refused(folder: string, code: string): Promise<void> {
  const error = await assertRejects(() => openTest({ folder }), HorizonError);
  assertEquals(error.code, code);
}

/** What another writer would do: the stored head is written anew, so the next commit is fenced off. */
async function moveHead(folder: string): Promise<void> {
  using kv = await Deno.openKv(`${folder}/journal.kv`);
  const { value } = await kv.get(["head"]);
  await kv.set(["head"], value);
}
