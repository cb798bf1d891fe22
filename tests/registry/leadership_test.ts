import { assert, assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { type KvConnectServer, serveKvConnect } from "../store/kv_connect_server.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import { type Identity } from "../../src/base/identity.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import { gpuBody, judgeBody } from "./harness.ts";
import { bundleOf, submitBody } from "./jobs.ts";
import { openMember, type SharedMember, someone } from "./shared_registry.ts";

const TOKENS = ["token-of-the-first", "token-of-the-second"] as const;

/** A store that can be cut from each of two members, who have a token each. */
async function withStore(
  run: (server: KvConnectServer, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "horizon-leadership-" });
  const server = await serveKvConnect(`${folder}/store.kv`, { tokens: TOKENS });
  try {
    await run(server, folder);
  } finally {
    await server.close();
    await Deno.remove(folder, { recursive: true });
  }
}

async function twoMembers(
  server: KvConnectServer,
  files_folder?: string,
): Promise<[SharedMember, SharedMember]> {
  const files = files_folder === undefined ? {} : { files_folder };
  const first = await openMember({ store: { url: server.url, token: TOKENS[0] }, ...files });
  const second = await openMember({
    store: { url: server.url, token: TOKENS[1] },
    node_key: first.key_file,
    ...files,
  });
  return [first, second];
}

/** Follows the signed feed at a member from a seq on, and sees what a write adds to it. */
async function followFeed(
  { url, registry }: SharedMember,
  after: number,
  write: () => Promise<{ seq: number }>,
): Promise<void> {
  const headers = { accept: "text/event-stream" };
  const feed = await fetch(`${url}/v1/feeds/${registry.node_id}?after=${after}`, { headers });
  const stream = feed.body!.pipeThrough(new TextDecoderStream()).getReader();
  const { seq } = await write();
  let text = "";
  while (!text.includes(`id: ${seq}\n`)) text += (await stream.read()).value ?? "";
  assert(text.includes('"gpu_id":"rig-2"'));
  await stream.cancel();
}

Deno.test("a follower answers public reads itself and hands writes to the leader, unchanged", async () => {
  await withStore(async (server) => {
    const [first, second] = await twoMembers(server);
    await using _first = first;
    await using _second = second;
    const owner = someone();
    const client = second.as(owner);
    const { seq } = await client.submit("gpu.register", gpuBody("rig-1"));
    // Its own client reads with min_seq, so the follower must have caught up.
    assertEquals((await client.gpu("rig-1")).owner, owner.id);
    assertEquals(second.registry.head().seq >= seq, true);
    const fed = async (member: SharedMember) =>
      await (await fetch(`${member.url}/v1/feeds/${member.registry.node_id}?min_seq=${seq}`))
        .json();
    assertEquals(await fed(second), await fed(first));
    const events = await fetch(`${second.url}/v1/events?after=0`);
    const stream = events.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes(`id: ${seq}\n`)) text += (await stream.read()).value ?? "";
    assert(text.includes('"gpu_id":"rig-1"'));
    await stream.cancel();
    await followFeed(second, seq, () => client.submit("gpu.register", gpuBody("rig-2")));
    const health = await fetch(`${second.url}/readyz`);
    assertEquals((await health.json()).status, "ready");
  });
});

Deno.test("without a shared folder blobs and sealed openings are refused, at every process", async () => {
  await withStore(async (server) => {
    const [first, second] = await twoMembers(server);
    await using _first = first;
    await using _second = second;
    for (const { url } of [first, second]) {
      const requests: [string, string][] = [
        ["PUT", `${url}/v1/blobs/${"0".repeat(64)}`],
        ["POST", `${url}/v1/auctions/auction_1/openings`],
      ];
      for (const [method, path] of requests) {
        const response = await fetch(path, { method, body: "{}" });
        assertEquals(response.status, 501);
        assertEquals((await response.json()).code, "files_not_shared");
      }
    }
  });
});

Deno.test("with a shared folder they are taken: what the session asks for is the leader's to answer", async () => {
  await withStore(async (server, folder) => {
    const [first, second] = await twoMembers(server, `${folder}/files`);
    await using _first = first;
    await using _second = second;
    const error = await assertRejects(
      () => second.as(someone()).blobs.putBytes(new Uint8Array([1])),
      HorizonError,
    );
    // It got as far as the market's own rule.
    assertEquals(error.code, "forbidden");
  });
});

/** Somebody who leases a GPU, and so may store blobs. */
async function renterAt(member: SharedMember): Promise<Identity> {
  const [owner, renter] = [someone(), someone()];
  const node = member.as(member.registry.node);
  await member.as(owner).submit("gpu.register", gpuBody("rig-1"));
  await node.submit("gpu.judge", judgeBody("rig-1", Date.now()));
  await node.submit("gpu.liveness", { gpu_id: "rig-1", online: true, last_seen: Date.now() });
  await member.as(renter).submit("lease.rent", {
    gpu_id: "rig-1",
    duration_s: 3600,
    max_price_micros_per_hour: 1_000_000,
    expected: { verdict: "verified", class: "RTX 3090" },
  });
  return renter;
}

Deno.test("a blob goes to the leader through a follower in parts, and is read by its range there", async () => {
  await withStore(async (server, folder) => {
    const [first, second] = await twoMembers(server, `${folder}/files`);
    await using _first = first;
    await using _second = second;
    const renter = await renterAt(first);
    const bytes = new Uint8Array(2 * LIMITS.blob_part_bytes + 5).fill(3);
    bytes.set(crypto.getRandomValues(new Uint8Array(32)));
    const sha256 = sha256Hex(bytes);
    await Deno.writeFile(`${folder}/in`, bytes);
    const { blobs } = second.as(renter);
    const seen: number[] = [];
    await blobs.putFile(`${folder}/in`, { onProgress: (done) => seen.push(done) });
    const part = LIMITS.blob_part_bytes;
    assertEquals(seen, [0, part, 2 * part, bytes.length]);
    const kept = await Deno.readFile(`${folder}/files/blobs/${renter.id}/${sha256}`);
    assertEquals(sha256Hex(kept), sha256);
    const bundle = canonicalBytes(bundleOf(bytes));
    await blobs.putBytes(bundle);
    const body = submitBody("rig-1", sha256Hex(bundle));
    const { data } = await second.as(renter).submit("job.submit", body);
    const blob = { sha256, size_bytes: bytes.length };
    await Deno.writeFile(`${folder}/.out.${sha256.slice(0, 16)}.part`, bytes.subarray(0, part));
    seen.length = 0;
    await blobs.toFile(String(data.job_id), blob, `${folder}/out`, {
      onProgress: (done) => seen.push(done),
    });
    assert(seen.every((done) => done > part), "it goes on");
    assertEquals(sha256Hex(await Deno.readFile(`${folder}/out`)), sha256);
  });
});

Deno.test("a process with another key is refused, and says what to do", async () => {
  await withStore(async (server) => {
    const store = { url: server.url, token: TOKENS[0] };
    await using first = await openMember({ store });
    const none = await assertRejects(() => openMember({ store }), HorizonError);
    assertEquals([none.code, none.fix?.includes("--node-key")], ["key_missing", true]);
    const folder = await Deno.makeTempDir();
    const absent = { store, node_key: `${folder}/absent.key` };
    const lost = await assertRejects(() => openMember(absent), HorizonError);
    assertEquals([lost.code, lost.fix?.includes("first process")], ["key_missing", true]);
    const { createKeyFile } = await import("../../src/base/keyfile.ts");
    const node_key = `${folder}/other.key`;
    await createKeyFile(node_key);
    const other = await assertRejects(() => openMember({ store, node_key }), HorizonError);
    assertEquals([other.code, other.fix?.includes("--node-key")], ["key_mismatch", true]);
    await Deno.chmod(first.key_file, 0o644);
    const exposed = await assertRejects(
      () => openMember({ store, node_key: first.key_file }),
      HorizonError,
    );
    assertEquals(exposed.code, "key_exposed");
    await Deno.remove(folder, { recursive: true });
  });
});

Deno.test("a folder of a shared store is never opened as one with a feed of its own, nor the other way", async () => {
  await withStore(async (server, folder) => {
    const store = { url: server.url, token: TOKENS[0] };
    await (await openMember({ store, folder: `${folder}/a` }))[Symbol.asyncDispose]();
    const { openTest } = await import("./harness.ts");
    const alone = await assertRejects(() => openTest({ folder: `${folder}/a` }), HorizonError);
    assertEquals([alone.code, alone.fix?.includes("--kv")], ["invalid_input", true]);
    await (await openTest({ folder: `${folder}/b` })).close();
    const joined = await assertRejects(
      () => openMember({ store, folder: `${folder}/b` }),
      HorizonError,
    );
    assertEquals(joined.code, "invalid_input");
  });
});

Deno.test("a leader that ends in order is followed at once; the feed goes on in the next epoch", async () => {
  await withStore(async (server) => {
    const [first, second] = await twoMembers(server);
    const owner = someone();
    await first.as(owner).submit("gpu.register", gpuBody("rig-1"));
    const start_ms = performance.now();
    await first[Symbol.asyncDispose]();
    await using _second = second;
    const { seq } = await second.as(owner).submit("gpu.register", gpuBody("rig-2"));
    assert(performance.now() - start_ms < LIMITS.leader_lease_ms);
    const page = await second.as(owner).feed(second.registry.node_id, { after: 0, limit: 100 });
    assertEquals([page.checkpoint.seq, page.checkpoint.epoch], [seq, 2]);
  });
});

Deno.test("a leader that is cut off from the store steps down before another leads, and acknowledges nothing more", async () => {
  await withStore(async (server) => {
    const [first, second] = await twoMembers(server);
    await using _first = first;
    await using _second = second;
    const owner = someone();
    await first.as(owner).submit("gpu.register", gpuBody("before"));
    server.cut(TOKENS[0]);
    // It reaches the store no more, and nobody may hear that it was registered.
    const lost = first.as(owner).submit("gpu.register", gpuBody("lost")).catch((thrown) => thrown);
    await second.logged("leading");
    assert(first.log.some(({ status }) => status === "stepped_down"));
    const { seq } = await second.as(owner).submit("gpu.register", gpuBody("after"));
    const refused = await lost;
    assert(refused instanceof HorizonError, "the cut-off leader acknowledged a write");
    server.restore(TOKENS[0]);
    await first.logged("store_back");
    const found = await fetch(`${first.url}/v1/gpus/after?min_seq=${seq}`);
    assertEquals((await found.json()).owner, owner.id);
    await first.as(owner).submit("gpu.register", gpuBody("through"));
    assertEquals(second.log.filter(({ status }) => status === "leading").length, 1);
  });
});

Deno.test("a store that goes away is told with a code, and the registry goes on by itself when it is back", async () => {
  const folder = await Deno.makeTempDir({ prefix: "horizon-leadership-" });
  const tokens = [TOKENS[0]];
  const path = `${folder}/store.kv`;
  const server = await serveKvConnect(path, { tokens });
  const member = await openMember({ store: { url: server.url, token: TOKENS[0] } });
  const owner = someone();
  await member.as(owner).submit("gpu.register", gpuBody("before"));
  await server.close();
  const error = await assertRejects(
    () => member.as(owner).submit("gpu.register", gpuBody("during")),
    HorizonError,
  );
  assert(["store_unreachable", "no_leader"].includes(error.code), error.code);
  const again = await serveKvConnect(path, { tokens, port: server.port });
  await member.logged("store_back");
  await member.as(owner).submit("gpu.register", gpuBody("after"));
  await member[Symbol.asyncDispose]();
  await again.close();
  await Deno.remove(folder, { recursive: true });
});
