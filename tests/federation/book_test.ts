import { assert, assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { Federation } from "../../src/federation/federation.ts";
import { federationFiles } from "../../src/federation/files.ts";
import { makeNodeRecord } from "../../src/federation/node_record.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import type { NodeRecord } from "../../src/protocol/network.ts";
import { inlineVerifier } from "../../src/registry/auth/verifier.ts";
import { JOURNAL_FILE } from "../../src/store/layout.ts";
import { openTest } from "../registry/harness.ts";
import { Cluster, connect, isUpToDate, ManualClock, newIdentity, until } from "./cluster.ts";

function strangers(count: number): Promise<NodeRecord[]> {
  const records = Array.from({ length: count }, (_, i) => {
    return makeNodeRecord(newIdentity(), [`http://nowhere-${i}`], Date.now());
  });
  return Promise.all(records);
}

Deno.test("however many strangers come at a time, no more are kept than the limit says", async () => {
  await using cluster = new Cluster();
  const { services: { federation } } = await cluster.open("a");
  const records = await strangers(LIMITS.peers_strange + 8);
  const told = await Promise.allSettled(records.map((record) => federation.introduce(record)));
  assertEquals([...federation.links()].length, LIMITS.peers_strange);
  assertEquals(told.filter(({ status }) => status === "rejected").length, 8);
  const [one] = await strangers(1);
  assert(one !== undefined);
  await assertRejects(() => federation.introduce(one), HorizonError, "too many nodes");
});

Deno.test("a node that is let go and told of at the same time gets a replica of its own", async () => {
  await using cluster = new Cluster();
  const [a, b] = [await cluster.start("a"), await cluster.start("b")];
  await connect(a, "b");
  await until(() => isUpToDate(a, b), "a has the feed of b");
  const { federation } = a.services;
  const record = await b.services.federation.record();
  await Promise.all([federation.disconnect(b.node.id), federation.introduce(record)]);
  await until(() => isUpToDate(a, b), "a has it anew");
  // The old one's end has not taken the new one's files away.
  assert((await Deno.stat(`${a.folder}/replicas/${b.node.id}/${JOURNAL_FILE}`)).isFile);
});

Deno.test("a stranger whom the operator connects while others are forgotten stays", async () => {
  await using cluster = new Cluster();
  const a = await cluster.open("a");
  const { federation } = a.services;
  const [first, second] = await strangers(2);
  assert(first !== undefined && second !== undefined);
  for (const record of [first, second]) await federation.introduce(record);
  a.clock.pass(LIMITS.peer_stranger_ms + 1);
  const forgetting = federation.book.forgetStrangers();
  const link = federation.link(second.node_id);
  assert(link !== undefined);
  link.entry.connected = true;
  await forgetting;
  assertEquals([...federation.links()].map(({ node_id }) => node_id), [second.node_id]);
});

Deno.test("whom the process that keeps the book lets go, the others let go too", async () => {
  await using leader = await openTest();
  const record = await makeNodeRecord(newIdentity(), ["http://nowhere"], Date.now());
  const { node_id } = record;
  const files = federationFiles(leader.folder, filesIn(leader.folder));
  await files.writePeers([{ node_id, alias: "x", connected: true, url: null, record }]);
  const folder = await Deno.makeTempDir();
  const follower = await Federation.open({
    node: leader.node,
    clock: new ManualClock(),
    files: federationFiles(folder, filesIn(leader.folder)),
    dial: () => Promise.reject(new TypeError("nobody is asked")),
    checks: inlineVerifier,
    urls: () => [],
    peers_only: false,
    keeps_book: () => false,
    head: () => null,
    onListings() {},
    onLie() {},
    onFailure(_what, thrown) {
      throw thrown;
    },
  });
  const [stranger] = await strangers(1);
  assert(stranger !== undefined);
  await follower.introduce(stranger);
  await files.writePeers([]);
  await follower.book.read();
  // What it has learned by itself is in no book.
  assertEquals([...follower.links()].map((link) => link.node_id), [stranger.node_id]);
  await follower.close();
  await Deno.remove(folder, { recursive: true });
});

/** Peers and evidence in a folder that nothing has damaged. */
function filesIn(files_folder: string) {
  const onDamage = (damage: HorizonError) => {
    throw damage;
  };
  return { files_folder, onDamage };
}
