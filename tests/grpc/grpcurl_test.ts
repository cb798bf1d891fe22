import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { listGpu, newActor } from "../registry/harness.ts";
import { openGrpc } from "./grpc.ts";

const TLS = new URL("../cli/tls/", import.meta.url).pathname;
const GRPCURL = Deno.env.get("GRPCURL") ?? `${Deno.env.get("HOME")}/go/bin/grpcurl`;

/** What grpcurl prints; null where it isn't installed. */
async function grpcurl(...args: string[]): Promise<{ code: number; text: string } | null> {
  try {
    const { code, stdout, stderr } = await new Deno.Command(GRPCURL, { args }).output();
    const decoder = new TextDecoder();
    return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return null;
    throw thrown;
  }
}

/** A test by grpcurl, which knows of the services only what reflection tells it. */
function grpcurlTest(name: string, fn: () => Promise<boolean>): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      if (!await fn()) console.log("skipped: grpcurl isn't installed");
    },
  });
}

grpcurlTest("grpcurl lists, describes and calls by reflection alone", async () => {
  await using served = await openGrpc();
  await listGpu(served.registry, newActor(), "rig-1");
  const address = `127.0.0.1:${served.listener.port}`;
  const listed = await grpcurl("-plaintext", address, "list");
  if (listed === null) return false;
  assertEquals(listed.text.trim().split("\n"), [
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
    "horizon.v1.Marketplace",
  ]);
  const described = await grpcurl("-plaintext", address, "describe", "horizon.v1.Gpu");
  assertMatch(described?.text ?? "", /optional \.horizon\.v1\.Verdict verdict = 7;/);
  const marketplace = "horizon.v1.Marketplace";
  const page = await grpcurl("-plaintext", address, `${marketplace}/ListGpus`);
  assertMatch(page?.text ?? "", /"gpuId": "rig-1"[^]*"priceMicrosPerHour": "300000"/);
  const asked = ["-plaintext", "-d", '{"gpu_id":"rig-9"}', address, `${marketplace}/GetGpu`];
  const refused = await grpcurl(...asked);
  assertEquals(refused?.code === 0, false);
  assertStringIncludes(refused?.text ?? "", "NotFound");
  assertStringIncludes(refused?.text ?? "", "google.rpc.ErrorInfo");
  const health = await grpcurl("-plaintext", address, "grpc.health.v1.Health/Check");
  assertStringIncludes(health?.text ?? "", "SERVING");
  const nothing = await grpcurl("-plaintext", address, "describe", "horizon.v1.Nothing");
  assertEquals(nothing?.code === 0, false);
  return true;
});

grpcurlTest("over TLS only who trusts the authority gets an answer", async () => {
  const read = (name: string) => Deno.readTextFile(`${TLS}${name}`);
  const tls = { cert: await read("cert.pem"), key: await read("key.pem") };
  await using served = await openGrpc({ tls });
  const address = `127.0.0.1:${served.listener.port}`;
  const trusted = await grpcurl(
    "-cacert",
    `${TLS}ca.pem`,
    address,
    "horizon.v1.Marketplace/GetNode",
  );
  if (trusted === null) return false;
  assertStringIncludes(trusted.text, served.registry.node.id);
  const untrusted = await grpcurl(address, "horizon.v1.Marketplace/GetNode");
  assertEquals(untrusted?.code === 0, false);
  const plain = await grpcurl("-plaintext", "-max-time", "5", address, "list");
  assertEquals(plain?.code === 0, false);
  return true;
});
