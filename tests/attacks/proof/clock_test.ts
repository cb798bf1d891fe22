import { adapterTest } from "../../adapter_test_case.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { identityOf, newSecret } from "../../../src/base/identity.ts";
import { prove, register } from "./attacker.ts";
import { endingOf } from "./endings.ts";
import { RawClient, Refused } from "./raw_client.ts";
import { serveRegistry } from "./served_registry.ts";
import { honest } from "./software_adapter.ts";

const MINUTE_MS = 60_000;
const GPU = "gpu-1";

// What it costs the attacker: nothing. What stops him: no time of his is ever used. The registry times
// each stage by its own monotonic clock; his clock only dates what he signs, and five minutes are let
// pass there.
for (const minutes of [-60, 60]) {
  adapterTest(`a clock that is ${minutes} minutes off is told so`, async () => {
    await using registry = await serveRegistry();
    const client = new RawClient(registry, identityOf(newSecret()), minutes * MINUTE_MS);
    const error = await assertRejects(() => client.authorization(), Refused);
    assertEquals(error.code, minutes < 0 ? "intent_expired" : "intent_not_yet_valid");
  });
}

for (const minutes of [-4, 4]) {
  adapterTest(`a clock that is ${minutes} minutes off changes no figure`, async () => {
    await using registry = await serveRegistry();
    const client = new RawClient(registry, identityOf(newSecret()), minutes * MINUTE_MS);
    await register(client, GPU);
    const started = performance.now();
    const { verdict: { figures } } = await prove(client, GPU, honest);
    assert(figures.elapsed_ms <= performance.now() - started, `${figures.elapsed_ms} ms`);
    assertEquals(await endingOf(client, GPU), "listed: software software");
  });
}
