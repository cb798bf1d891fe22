import { LIMITS } from "../../src/protocol/limits.ts";
import { Random } from "../../tests/random.ts";
import { checkMembers, FailoverLoad, killLeaders } from "../../tests/registry/failover_load.ts";
import { SharedCluster } from "../../tests/registry/shared_cluster.ts";
import { bestStoreKind } from "../../tests/store/shared_stores.ts";
import { type Figure, median } from "../figure.ts";

const KILLS = 20;
const WRITERS = 6;

/** The longest that any of 20 kills of the leader cost the writers, who ask all three processes. */
export const figure: Figure = {
  group: "network",
  name:
    "fail-over of the shared store, 20 kills, 0 acknowledged lost: writes refused for / the term",
  unit: "ms",
  aim: { op: "<=", value: 1.5 },
  async measure() {
    const random = Random.fresh();
    const kind = bestStoreKind();
    await using store = await kind.open();
    await using cluster = await SharedCluster.start(store, 3);
    const load = FailoverLoad.start(cluster, WRITERS);
    const refused_ms = await killLeaders(cluster, load, KILLS, (end) => random.below(end));
    await load.end();
    await checkMembers(cluster, load);
    const ours = Math.max(...refused_ms);
    const note = `${kind.name}; median ${Math.round(median(refused_ms))} ms; ` +
      `${load.acks.size} acknowledged, none lost; seed ${random.seed}`;
    return { ours, against: LIMITS.leader_lease_ms, ratio: ours / LIMITS.leader_lease_ms, note };
  },
};
