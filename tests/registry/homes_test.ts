import { assertEquals } from "@std/assert";
import type { Identity } from "../../src/base/identity.ts";
import { emptyState, evolve } from "../../src/market/market.ts";
import type { FeedEvent } from "../../src/protocol/feed.ts";
import { GpuView } from "../../src/protocol/gpu.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { departuresOf, type FollowedHome } from "../../src/registry/departures.ts";
import { readEventsOf } from "./feed_reader.ts";
import {
  accepted,
  act,
  gpuBody,
  listGpu,
  ManualClock,
  newActor,
  openTest,
  problemIn,
  sessionOf,
  type TestRegistry,
} from "./harness.ts";

const GPU = "gpu-1";

/** An old home with a GPU on it, and a new one that follows it as far as `follow` was called. */
class Move implements AsyncDisposable {
  readonly owner: Identity = newActor();
  readonly #followed = new Map<string, FollowedHome>();
  old!: TestRegistry;
  next!: TestRegistry;

  static async open(): Promise<Move> {
    const move = new Move();
    const clock = new ManualClock();
    move.old = await openTest({ clock });
    const departures = departuresOf((node_id) => move.#followed.get(node_id));
    move.next = await openTest({ clock, departures });
    await listGpu(move.old, move.owner, GPU);
    return move;
  }

  /** The new home replays the old one's feed, read over its interface, into a replica. */
  async follow(): Promise<void> {
    const state = emptyState();
    const events: FeedEvent[] = await readEventsOf(this.old);
    for (const event of events) evolve(state, event);
    this.#followed.set(this.old.node.id, { state, contact_at: this.next.clock.now() });
  }

  async leave(to = this.next.node.id): Promise<number> {
    const body = { gpu_id: GPU, to, home_epoch: 2 };
    return (await accepted(this.old, this.owner, "gpu.leave", body)).seq;
  }

  /** Asks to arrive; "ok", or the code of the refusal. */
  async arrive(left_seq: number | null, home_epoch = 2, owner = this.owner): Promise<string> {
    const moved = { from: this.old.node.id, home_epoch, left_seq };
    const result = await act(this.next, owner, "gpu.register", { ...gpuBody(GPU), moved });
    return result.ok ? "ok" : result.code;
  }

  async view(): Promise<GpuView> {
    return GpuView.parse(await (await this.next.fetch(`/v1/gpus/${GPU}`)).json());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.next[Symbol.asyncDispose]();
    await this.old[Symbol.asyncDispose]();
  }
}

Deno.test("a GPU arrives once the old home's feed says that it left for here", async () => {
  await using move = await Move.open();
  const seq = await move.leave();
  assertEquals(await move.arrive(seq), "home_unknown");
  await move.follow();
  assertEquals(await move.arrive(seq), "ok");
  const { home, home_epoch, status, arrives_at } = await move.view();
  assertEquals([home, home_epoch, status], [move.next.node.id, 2, "unproven"]);
  assertEquals(arrives_at, null);
  assertEquals(await move.arrive(seq), "home_epoch_stale", "a second arrival");
});

Deno.test("an arrival that the old home's feed doesn't bear out is refused", async () => {
  await using move = await Move.open();
  await move.follow();
  assertEquals(await move.arrive(3), "not_departed", "it is still there");
  const seq = await move.leave();
  assertEquals(await move.arrive(seq), "not_departed", "the replica is behind");
  await move.follow();
  assertEquals(await move.arrive(seq + 1), "not_departed", "another event");
  assertEquals(await move.arrive(seq, 3), "not_departed", "another home");
  assertEquals(await move.arrive(seq, 2, newActor()), "not_departed", "another owner");
  assertEquals(await move.arrive(null, 2, newActor()), "not_departed", "another owner who waits");
  assertEquals(move.next.services.sequencer.state.gpus.size, 0);
});

Deno.test("a GPU that left for another registry doesn't arrive here", async () => {
  await using move = await Move.open();
  const seq = await move.leave(newActor().id);
  await move.follow();
  assertEquals(await move.arrive(seq), "not_departed");
  assertEquals(await move.arrive(null), "not_departed");
});

Deno.test("after it left, the old home refers every read and every poll to the new one", async () => {
  await using move = await Move.open();
  await move.leave();
  const read = await problemIn(await move.old.fetch(`/v1/gpus/${GPU}`));
  assertEquals([read.code, read.fix], ["gpu_moved", `Name it there: ${GPU}@${move.next.node.id}`]);
  const poll = await move.old.fetch("/v1/provider/poll", {
    method: "POST",
    headers: await sessionOf(move.old, move.owner),
    body: JSON.stringify({ gpus: [GPU], jobs: [], wait_ms: 0 }),
  });
  assertEquals((await problemIn(poll)).code, "gpu_moved");
  const again = await act(move.old, move.owner, "gpu.register", gpuBody(GPU));
  assertEquals(again.ok ? "ok" : again.code, "gpu_moved");
});

Deno.test("without the old home's word a GPU waits in sight of all, and arrives by time alone", async () => {
  await using move = await Move.open();
  const began_at = move.next.clock.now();
  assertEquals(await move.arrive(null), "ok");
  const { status, arrives_at } = await move.view();
  assertEquals([status, arrives_at], ["moving", began_at + LIMITS.move_wait_ms]);
  for (let hour = 0; hour < 24; hour++) {
    move.next.clock.pass(3_600_000);
    await move.next.housekeeping.run();
  }
  assertEquals((await move.view()).status, "unproven");
  const types = (await readEventsOf(move.next)).map(({ type }) => type);
  assertEquals(types, ["genesis", "gpu.registered", "gpu.arrived"]);
});

Deno.test("an old home that answers during the wait and has the GPU ends the move", async () => {
  await using move = await Move.open();
  await move.follow();
  move.next.clock.pass(1);
  assertEquals(await move.arrive(null), "ok");
  await move.next.housekeeping.run();
  assertEquals((await move.view()).status, "moving", "it was heard of before the move only");
  move.next.clock.pass(1);
  await move.follow();
  await move.next.housekeeping.run();
  assertEquals((await problemIn(await move.next.fetch(`/v1/gpus/${GPU}`))).code, "gpu_not_found");
  assertEquals((await readEventsOf(move.next)).at(-1)?.type, "gpu.move_refused");
  const seq = await move.leave();
  await move.follow();
  assertEquals(await move.arrive(seq), "ok", "then it leaves in order");
});
