import { assertEquals, assertMatch } from "@std/assert";
import { NodeClient, nodeClientTest } from "../grpc/node_client.ts";
import { Home, parseDocument } from "./binary.ts";

nodeClientTest(
  "the compiled binary speaks gRPC beside HTTP, and ends both in order",
  async (packages) => {
    await using operator = new Home("operator");
    await operator.json(["init"]);
    const server = operator.start(["serve", "--port", "0", "--grpc-port", "0", "--json"]);
    const told = parseDocument((await server.line(/^\{.*"grpc_port".*$/))[0]);
    await using client = new NodeClient(packages, `127.0.0.1:${told["grpc_port"]}`);
    const { answer } = await client.call({ method: "GetNode" });
    assertMatch(JSON.stringify(answer), new RegExp(`"node_id":"${told["node_id"]}"`));
    const { items } = await client.call({ method: "WatchEvents", message: { after: 0 }, take: 1 });
    assertMatch(JSON.stringify(items), /"type":"genesis"/);
    const watching = client.call({ method: "WatchEvents", take: 99 });
    const { code } = await client.call({ method: "GetGpu", message: { gpu_id: "rig-1" } });
    assertEquals(code, 5);
    assertEquals(await server.kill("SIGTERM"), 0);
    assertEquals((await watching).code, 14);
  },
);

Deno.test("a gRPC port that is taken is named, and nothing is left open", async () => {
  await using operator = new Home("operator");
  await operator.json(["init"]);
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const done = await operator.run(["serve", "--port", "0", "--grpc-port", String(port), "--json"]);
  assertMatch(done.stdout, /"code":"port_in_use"/);
  assertEquals(done.code, 1);
});
