import { assertEquals } from "@std/assert";
import type { Identity } from "../../src/base/identity.ts";
import {
  accepted,
  act,
  gpuBody,
  listGpu,
  newActor,
  type TestRegistry,
} from "../registry/harness.ts";
import { Cluster, connect, isUpToDate, until } from "./cluster.ts";

const GPU = "rig-1";

/** Asks to arrive from another home; "ok", or the code of the refusal. */
async function arrive(
  at: TestRegistry,
  owner: Identity,
  from: TestRegistry,
  left_seq: number | null,
): Promise<string> {
  const moved = { from: from.node.id, home_epoch: 2, left_seq };
  const result = await act(at, owner, "gpu.register", { ...gpuBody(GPU), moved });
  return result.ok ? "ok" : result.code;
}

Deno.test("a GPU moves between peers, and a third one decides all of it again", async () => {
  await using cluster = new Cluster();
  const [a, b, c] = [
    await cluster.start("a"),
    await cluster.start("b"),
    await cluster.start("c"),
  ];
  const owner = newActor();
  await listGpu(a, owner, GPU);
  const leave = { gpu_id: GPU, to: b.node.id, home_epoch: 2 };
  const { seq } = await accepted(a, owner, "gpu.leave", leave);
  assertEquals(await arrive(b, owner, a, seq), "home_unknown");
  await connect(b, "a");
  await until(() => isUpToDate(b, a), "b follows a");
  assertEquals(await arrive(b, owner, a, seq + 1), "not_departed");
  assertEquals(await arrive(b, newActor(), a, seq), "not_departed");
  assertEquals(await arrive(b, owner, a, seq), "ok");
  for (const name of ["a", "b"]) await connect(c, name);
  await until(() => isUpToDate(c, a) && isUpToDate(c, b), "c follows both");
  const { federation } = c.services;
  for (const home of [a, b]) {
    assertEquals(federation.link(home.node.id)?.status.trust, "checked");
  }
  const replica = federation.link(b.node.id)?.holder.replica.state;
  assertEquals(replica?.gpus.get(GPU)?.home_epoch, 2);
});

Deno.test("a home that seemed gone and answers ends the move of a GPU that it still has", async () => {
  await using cluster = new Cluster();
  const [a, b] = [await cluster.start("a"), await cluster.start("b")];
  const owner = newActor();
  await listGpu(a, owner, GPU);
  await connect(b, "a");
  await until(() => isUpToDate(b, a), "b follows a");
  cluster.cut("a");
  b.clock.pass(1);
  assertEquals(await arrive(b, owner, a, null), "ok");
  await b.housekeeping.run();
  assertEquals(b.services.sequencer.state.gpus.get(GPU)?.status, "moving");
  cluster.heal("a");
  b.clock.pass(1);
  await b.services.federation.sync(a.node.id);
  await b.housekeeping.run();
  assertEquals(b.services.sequencer.state.gpus.has(GPU), false);
});
