import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { listGpu } from "./listing.ts";
import { Person } from "./person.ts";
import { serve } from "./served.ts";

// A certificate for loopback and the authority that signed it, whose key is gone: for these tests only.
const path = (name: string) => new URL(`./tls/${name}`, import.meta.url).pathname;
const FLAGS = ["--tls-cert", path("cert.pem"), "--tls-key", path("key.pem")];

Deno.test("a registry serves HTTPS, and tls_ca lets its authority be trusted", async () => {
  await using operator = new Person();
  await operator.json("init");
  await using served = await serve(operator, ...FLAGS);
  assert(served.url.startsWith("https://"));
  await using person = new Person();
  await person.json("init");
  await person.json("config", "--set", "registry", served.url);
  const untrusted = await person.refusal("list-gpus");
  assertEquals([untrusted.code, untrusted.exit], ["network", 6]);
  assertStringIncludes(untrusted.message, "certificate");
  await person.json("config", "--set", "tls_ca", path("ca.pem"));
  await listGpu(operator, { gpu_id: "rig-1", price: "0.30" }, served.folder);
  assertEquals((await person.json("list-gpus", "--all")).total, 1);
  await person.json("config", "--set", "tls_ca", `${person.home}/nowhere.pem`);
  assertEquals((await person.refusal("list-gpus")).exit, 4);
});

Deno.test("the operator's own commands reach an HTTPS server on its folder", async () => {
  await using operator = new Person();
  await operator.json("init");
  await using served = await serve(operator, ...FLAGS);
  const { registry } = await operator.json("network", "status");
  assertEquals([Object(registry).where, Object(registry).node_id], ["local", served.node_id]);
  await operator.json("wallet", "deposit", "1");
});

Deno.test("HTTP to an HTTPS port is exit code 6", async () => {
  await using operator = new Person();
  await operator.json("init");
  await using served = await serve(operator, ...FLAGS);
  const url = served.url.replace("https:", "http:");
  assertEquals((await operator.refusal("list-gpus", "--registry", url)).exit, 6);
});
