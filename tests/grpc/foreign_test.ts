import { assert, assertEquals, assertMatch } from "@std/assert";
import { canonicalJson } from "../../src/base/json.ts";
import { Receipt } from "../../src/protocol/api.ts";
import { isSignedBy } from "../../src/protocol/signed.ts";
import { STATUS } from "../../src/registry/grpc/status.ts";
import { accepted, envelope, listGpu, newActor, rentGpu } from "../registry/harness.ts";
import { submitJob } from "../registry/jobs.ts";
import { openGrpc } from "./grpc.ts";
import { NodeClient, nodeClientTest } from "./node_client.ts";

nodeClientTest(
  "a foreign client reads GPUs, leases and money, and is refused with the same codes",
  async (packages) => {
    await using served = await openGrpc();
    const { registry, listener } = served;
    const renter = newActor();
    for (const gpu_id of ["rig-1", "rig-2"]) await listGpu(registry, newActor(), gpu_id);
    const lease_id = await rentGpu(registry, renter, "rig-1");
    await using client = new NodeClient(packages, `127.0.0.1:${listener.port}`);
    const { answer: page } = await client.call({ method: "ListGpus", message: { all: true } });
    assertMatch(JSON.stringify(page), /"gpu_id":"rig-1".*"gpu_id":"rig-2".*"total":2/);
    const { answer: free } = await client.call({ method: "ListGpus", message: { limit: 1 } });
    assertMatch(JSON.stringify(free), /"gpu_id":"rig-2".*"total":1/);
    const { answer: lease } = await client.call({ method: "GetLease", message: { lease_id } });
    assertMatch(JSON.stringify(lease), /"hold_micros":300000/);
    const { answer: wallet } = await client.call({
      method: "GetWallet",
      message: { actor: renter.id },
    });
    assertMatch(JSON.stringify(wallet), /"held_micros":300000/);
    const missing = await client.call({ method: "GetGpu", message: { gpu_id: "rig-9" } });
    assertEquals([missing.code, missing.reason], [STATUS.not_found, "gpu_not_found"]);
    const wrong = await client.call({ method: "ListGpus", message: { where: "prize<1" } });
    assertEquals([wrong.code, wrong.reason], [STATUS.invalid_argument, "invalid_filter"]);
    assertMatch(wrong.details ?? "", /there is no field "prize"/);
    const empty = await client.call({ method: "GetGpu" });
    assertEquals([empty.code, empty.reason], [STATUS.invalid_argument, "invalid_input"]);
    const stranger = await client.call({ method: "ReadJobLog", message: { job_id: "job_1" } });
    assertEquals([stranger.code, stranger.reason], [STATUS.unauthenticated, "session_invalid"]);
    assertEquals(served.failures, []);
  },
);

nodeClientTest(
  "a foreign client trades by signed intents, whose receipt is the registry's",
  async (packages) => {
    await using served = await openGrpc();
    const { registry, listener } = served;
    const [owner, renter] = [newActor(), newActor()];
    await listGpu(registry, owner, "rig-1");
    const amount_micros = 5_000_000;
    await accepted(registry, registry.node, "wallet.deposit", { to: renter.id, amount_micros });
    await using client = new NodeClient(packages, `127.0.0.1:${listener.port}`);
    const { intent, sig } = await envelope(renter, registry, "lease.rent", {
      gpu_id: "rig-1",
      duration_s: 3600,
      max_price_micros_per_hour: 1_000_000,
      expected: { verdict: "verified", class: "RTX 3090" },
    });
    const envelopes = [{ intent_json: canonicalJson(intent), sig }, { intent_json: "{}", sig }];
    const { answer } = await client.call({ method: "SubmitIntents", message: { envelopes } });
    const { json, results } = answer as { json: string; results: Record<string, unknown>[] };
    const [rented, refused] = results;
    assertEquals([rented?.ok, rented?.type], [true, "lease.opened"]);
    assertMatch(String(rented?.data_json), /"gpu_id":"rig-1"/);
    assertEquals([refused?.ok ?? false, refused?.code], [false, "invalid_input"]);
    const receipt = Receipt.parse(JSON.parse(json));
    assert(await isSignedBy(receipt, registry.node.id));
    const session = await envelope(renter, registry, "session", {});
    const opening = { intent_json: canonicalJson(session.intent), sig: session.sig };
    const opened = await client.call({ method: "OpenSession", message: { envelope: opening } });
    const { token } = opened.answer as { token: string };
    const { job_id } = await submitJob(registry, renter, "rig-1");
    const log = await client.call({ method: "ReadJobLog", message: { job_id }, token });
    assertEquals(log.answer, {});
    const broken = await client.call({
      method: "SubmitIntents",
      message: { envelopes: [{ intent_json: "{", sig }] },
    });
    assertEquals([broken.code, broken.reason], [STATUS.invalid_argument, "invalid_input"]);
  },
);

nodeClientTest(
  "a foreign client watches events, in order and from where it likes, and goes away",
  async (packages) => {
    await using served = await openGrpc();
    const { registry, listener } = served;
    await using client = new NodeClient(packages, `127.0.0.1:${listener.port}`);
    const watching = client.call({ method: "WatchEvents", message: { after: 1 }, take: 5 });
    for (const gpu_id of ["rig-1", "rig-2"]) await listGpu(registry, newActor(), gpu_id);
    const { items = [], code } = await watching;
    assertEquals(code, STATUS.cancelled);
    const events = items as { seq: number; type: string; json: string }[];
    assertEquals(events.map(({ seq }) => seq), [2, 3, 4, 5, 6]);
    for (const { seq, json } of events) {
      assertEquals(JSON.parse(json).seq, seq);
      assertEquals(json, canonicalJson(JSON.parse(json)));
    }
  },
);

nodeClientTest(
  "a deadline ends a call, a health check answers, and a watcher hears of the close",
  async (packages) => {
    await using served = await openGrpc();
    await using client = new NodeClient(packages, `127.0.0.1:${served.listener.port}`);
    const late = await client.call({ method: "WatchEvents", take: 9, deadline_ms: 200 });
    assertEquals(late.code, STATUS.deadline_exceeded);
    const service = "grpc.health.v1.Health";
    const message = { service: "horizon.v1.Marketplace" };
    const { answer } = await client.call({ service, method: "Check", message });
    assertEquals(answer, { status: "SERVING" });
    const other = await client.call({ service, method: "Check", message: { service: "x" } });
    assertEquals(other.code, STATUS.not_found);
    const watching = client.call({ service, method: "Watch", message, take: 2 });
    const events = client.call({ method: "WatchEvents", take: 9 });
    // The health watcher has its first message once this is answered: calls of a client are in order.
    await client.call({ service, method: "Check", message }).catch(() => undefined);
    await served.listener.close();
    for (const ended of [await watching, await events]) {
      assertEquals(
        ended.code,
        STATUS.unavailable,
      );
    }
  },
);

nodeClientTest(
  "messages beyond the limit are refused, and the connection goes on",
  async (packages) => {
    await using served = await openGrpc();
    await using client = new NodeClient(packages, `127.0.0.1:${served.listener.port}`);
    const long = "x".repeat(9 * 1024 * 1024);
    const refused = await client.call({ method: "GetGpu", message: { gpu_id: long } });
    assertEquals([refused.code, refused.reason], [STATUS.resource_exhausted, "too_large"]);
    const { answer } = await client.call({ method: "GetNode" });
    assert(JSON.stringify(answer).includes(served.registry.node.id));
  },
);
