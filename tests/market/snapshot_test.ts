import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { canonicalJson } from "../../src/base/json.ts";
import { deserialize, emptyState, evolve, serialize, stateHash } from "../../src/market/market.ts";
import type { FeedEvent } from "../../src/protocol/feed.ts";
import { DOLLAR, OTHER, OWNER, RENTER, Rig } from "./rig.ts";

/** Something of everything: live and ended leases, jobs in several states, an absent GPU. */
function busyMarket(): Rig {
  const rig = new Rig({ fee_bps: 100, welcome_credit_micros: 5 });
  rig.deposit(RENTER, 100 * DOLLAR);
  for (const gpu_id of ["b", "a", "c"]) rig.list(gpu_id);
  rig.rent("a", 60);
  rig.pass(60_000);
  rig.rent("a", 3600);
  rig.rent("b", 3600);
  rig.rent("c", 3600);
  const job_id = rig.submit("a");
  rig.submit("b");
  rig.act(OWNER, "job.claim", { job_id });
  rig.act(OWNER, "job.start", { job_id, attempt: 1 });
  rig.act(RENTER, "job.cancel", { job_id: rig.submit("c") });
  rig.liveness("c", false);
  return rig;
}

const text = (rig: Rig) => new TextDecoder().decode(serialize(rig.state));

Deno.test("a snapshot read back is the same state, and goes on in the same way", () => {
  const rig = busyMarket();
  const copy = busyMarket();
  rig.state = deserialize(serialize(rig.state));
  const ids = rig.pass(3 * 3_600_000).map(({ at, type, data }) => canonicalJson([at, type, data]));
  const wanted = copy.pass(3 * 3_600_000).map(({ at, type, data }) =>
    canonicalJson([at, type, data])
  );
  assertEquals(ids, wanted);
  assert(ids.length > 5);
});

Deno.test("a snapshot is canonical JSON, and does not depend on the order of insertion", () => {
  const rig = busyMarket();
  assertEquals(text(rig), canonicalJson(JSON.parse(text(rig))));
  const before = stateHash(rig.state);
  const [first, ...rest] = [...rig.state.gpus];
  rig.state.gpus.clear();
  for (const [id, gpu] of [...rest, ...(first === undefined ? [] : [first])]) {
    rig.state.gpus.set(id, gpu);
  }
  assertEquals(stateHash(rig.state), before);
});

Deno.test("replay from the first event, as parsed from the feed, gives the same state hash", () => {
  const rig = busyMarket();
  const feed: FeedEvent[] = JSON.parse(canonicalJson(rig.events));
  const state = emptyState();
  for (const event of feed) evolve(state, event);
  assertEquals(stateHash(state), stateHash(rig.state));
});

Deno.test("any change of the state changes its hash", () => {
  const rig = busyMarket();
  const before = stateHash(rig.state);
  rig.deposit(OTHER, 1);
  assertNotEquals(stateHash(rig.state), before);
});

for (
  const [what, from, to] of [
    ["is not JSON", /^./, "<"],
    ["is cut short", /.{20}$/, ""],
    ["is of another version", /"version":5/, '"version":6'],
    ["lacks a field", /"fees_micros":\d+,/, ""],
    ["has a field too many", /"fees_micros":/, '"extra":0,"fees_micros":'],
    ["has a negative balance", /"available_micros":\d/, '"available_micros":-1'],
    ["makes money", /"fees_micros":0*/, '"fees_micros":1'],
    ["holds what no lease does", /"hold_micros":3600000/, '"hold_micros":3600001'],
    ["leases a GPU to nobody", /"lease_id":"lease_(\d+)","online"/, '"lease_id":null,"online"'],
    [
      "leases a GPU without a lease",
      /"lease_id":"lease_\d+","online"/,
      '"lease_id":"lease_9","online"',
    ],
    ["has a live lease with an end", /"ended_seq":null,"ends_at"/, '"ended_seq":7,"ends_at"'],
    [
      "has an unfinished job with an end",
      /("ended_seq":)null(,"failed_on":\[\],"gpu_id":"b","job_id")/,
      "$17$2",
    ],
    [
      "has an unfinished job on an ended lease",
      /("job_id":"job_\d+","kind":"wgsl","lease_id":)"lease_\d+"/,
      '$1"lease_1"',
    ],
  ] as const
) {
  Deno.test(`a snapshot that ${what} is refused`, () => {
    const honest = text(busyMarket());
    const forged = honest.replace(from, to);
    assertNotEquals(forged, honest, "the forgery changed something");
    const error = assertThrows(() => deserialize(new TextEncoder().encode(forged)), HorizonError);
    assertEquals(error.code, "data_corrupt");
  });
}
