import { assert } from "@std/assert";
import { LIMITS } from "../../src/protocol/limits.ts";
import { Random } from "../random.ts";
import { storeKinds } from "../store/shared_stores.ts";
import { checkMembers, FailoverLoad, killLeaders } from "./failover_load.ts";
import { SharedCluster } from "./shared_cluster.ts";

const KILLS = 3;
const WRITERS = 6;

for (const kind of storeKinds()) {
  Deno.test(`${kind.name}: leaders killed under load lose nothing acknowledged, and writes go on within a term and a half`, async () => {
    const random = Random.fresh();
    console.log(`seed ${random.seed}`);
    await using store = await kind.open();
    await using cluster = await SharedCluster.start(store, 3);
    const load = FailoverLoad.start(cluster, WRITERS);
    const refused_ms = await killLeaders(cluster, load, KILLS, (end) => random.below(end));
    await load.end();
    await checkMembers(cluster, load);
    console.log(`refused for ${refused_ms.map(Math.round)} ms, ${load.acks.size} acknowledged`);
    assert(Math.max(...refused_ms) <= 1.5 * LIMITS.leader_lease_ms, `${refused_ms}`);
  });

  Deno.test(`${kind.name}: a leader that was suspended and wakes up acknowledges nothing that isn't so`, async () => {
    await using store = await kind.open();
    await using cluster = await SharedCluster.start(store, 3);
    const load = FailoverLoad.start(cluster, WRITERS);
    await load.more(60);
    const leader = await cluster.leader();
    assert(leader !== null);
    Deno.kill(leader.process.pid, "SIGSTOP");
    await load.more(60);
    Deno.kill(leader.process.pid, "SIGCONT");
    await load.more(200);
    await load.end();
    await checkMembers(cluster, load);
  });
}
