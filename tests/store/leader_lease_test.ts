import { assert, assertEquals } from "@std/assert";
import type { Clock } from "../../src/base/clock.ts";
import { HorizonError } from "../../src/base/errors.ts";
import { Journal } from "../../src/store/journal.ts";
import { LeaderLease } from "../../src/store/leader_lease.ts";
import { Random } from "../random.ts";
import { chainedRecords, NODE, sign } from "./feed.ts";

const TERM_MS = 3_000;

/** True time, which only the test knows. */
class World {
  true_ms = 0;
}

/** A machine's clock: it starts anywhere, runs a little fast or slow, and its wall is set at will. */
class Machine implements Clock {
  wall_ms = 0;

  constructor(readonly world: World, readonly start_ms: number, readonly rate: number) {}

  now(): number {
    return this.wall_ms;
  }

  monotonic(): number {
    return this.start_ms + this.world.true_ms * this.rate;
  }
}

const candidate = (name: string) => ({
  node_id: NODE.id,
  url: `http://${name}.example`,
  forward_token: "t",
});

async function rig(count: number, random: Random) {
  const world = new World();
  const kv = await Deno.openKv(":memory:");
  const leases = Array.from({ length: count }, (_, i) => {
    const machine = new Machine(world, random.below(1e6), 0.98 + random.below(41) / 1_000);
    return new LeaderLease(kv, machine, { holder: `p${i}`, term_ms: TERM_MS });
  });
  return { world, kv, leases };
}

Deno.test("at no moment do two processes hold the lease, and each holder has an epoch of its own", async () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  const { world, kv, leases } = await rig(4, random);
  const epochs = new Map<number, string>();
  let changes = 0;
  for (let step = 0; step < 4_000; step++) {
    world.true_ms += random.below(400);
    const lease = leases[random.below(leases.length)]!;
    const chance = random.below(100);
    if (chance < 3) lease.drop();
    else if (chance < 5) await lease.release();
    else if (lease.held !== null) await lease.renew();
    else {
      await lease.look();
      if (lease.leader === null && await lease.take(candidate(lease.holder))) changes++;
    }
    const holders = leases.filter(({ held }) => held !== null);
    assert(holders.length <= 1, `${holders.length} holders in step ${step}`);
    const [holder] = holders;
    if (holder?.held) {
      const { epoch } = holder.held;
      assertEquals(epochs.get(epoch) ?? holder.holder, holder.holder);
      epochs.set(epoch, holder.holder);
      assertEquals((await Journal.open(kv)).epoch, epoch);
    }
  }
  assert(changes > 20, `${changes} changes`);
  kv.close();
});

Deno.test("a lease is free only once it has not changed for a term, whatever the wall clocks say", async () => {
  const random = new Random(1);
  const { world, kv, leases: [a, b] } = await rig(2, random);
  assert(a && b);
  await a.look();
  assert(await a.take(candidate("a")));
  await b.look();
  assertEquals(b.leader?.holder, "p0");
  for (let i = 0; i < 10; i++) {
    world.true_ms += TERM_MS / 3;
    assert(await a.renew());
    await b.look();
    assertEquals(await b.take(candidate("b")), false);
  }
  world.true_ms += TERM_MS * 0.8;
  assertEquals(b.leader?.holder, "p0");
  assert(a.held !== null);
  world.true_ms += TERM_MS * 0.25;
  assertEquals(a.held, null);
  assertEquals(await a.renew(), false);
  assertEquals(b.leader, null);
  assert(await b.take(candidate("b")));
  assertEquals(b.held?.epoch, 2);
  kv.close();
});

Deno.test("a released lease is free at once, and its last holder may take it again", async () => {
  const { kv, leases: [a, b] } = await rig(2, new Random(2));
  assert(a && b);
  await a.look();
  assert(await a.take(candidate("a")));
  await a.release();
  assertEquals(a.held, null);
  await b.look();
  assert(await b.take(candidate("b")));
  await a.look();
  assertEquals(a.leader?.holder, "p1");
  await b.release();
  await a.look();
  assert(await a.take(candidate("a")));
  assertEquals(a.held?.epoch, 3);
  kv.close();
});

Deno.test("whoever was deposed is fenced in its next commit, though it knows nothing of it", async () => {
  const { world, kv, leases: [a, b] } = await rig(2, new Random(3));
  assert(a && b);
  await a.look();
  await a.take(candidate("a"));
  const journal = await Journal.open(kv);
  const first = chainedRecords(2);
  await journal.append(first.records, await sign(first.head));
  await b.look();
  world.true_ms += 1.1 * TERM_MS;
  assert(await b.take(candidate("b")));
  const late = chainedRecords(1, first.head);
  const checkpoint = await sign(late.head);
  const error = await journal.append(late.records, checkpoint).catch((thrown) => thrown);
  assert(error instanceof HorizonError);
  assertEquals(error.code, "fenced");
  const leader = await Journal.open(kv);
  assertEquals(leader.head?.seq, 2);
  await leader.append(late.records, checkpoint);
  kv.close();
});

Deno.test("a renewal whose answer was lost does not cost the lease", async () => {
  const { kv, leases: [a] } = await rig(1, new Random(4));
  assert(a);
  await a.look();
  await a.take(candidate("a"));
  const stored = await kv.get<Uint8Array>(["leader"]);
  const record = JSON.parse(new TextDecoder().decode(stored.value ?? undefined));
  const renewed = new TextEncoder().encode(JSON.stringify({ ...record, renewals: 1 }));
  await kv.set(["leader"], renewed);
  assert(await a.renew());
  assertEquals(a.held?.renewals, 2);
  kv.close();
});

Deno.test("a lease that can't be read stops everyone, and the error doesn't quote it", async () => {
  const { kv, leases: [a] } = await rig(1, new Random(5));
  assert(a);
  await kv.set(["leader"], new TextEncoder().encode('{"forward_token":"secret"}'));
  const error = await a.look().catch((thrown) => thrown);
  assert(error instanceof HorizonError);
  assertEquals(error.code, "data_corrupt");
  assertEquals(`${error.message}${error.stack}`.includes("secret"), false);
  kv.close();
});
