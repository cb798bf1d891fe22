import { adapterTest } from "../../adapter_test_case.ts";
import { assertEquals, assertMatch } from "@std/assert";
import { type Begin, register } from "./attacker.ts";
import { provenEnding } from "./endings.ts";
import { CLAIM, halfStored } from "./half_storing.ts";
import { RawClient } from "./raw_client.ts";
import { serveRegistry } from "./served_registry.ts";
import { honest } from "./software_adapter.ts";

const GPU = "gpu-1";

async function proven(begin: Begin) {
  await using registry = await serveRegistry();
  const client = new RawClient(registry);
  await register(client, GPU, CLAIM);
  const ended = await provenEnding(client, GPU, begin);
  const view = await client.gpu(GPU);
  console.log(JSON.stringify(view.verdict?.figures));
  return { ended, contradicts: view.verdict?.contradicts.join("; ") ?? "" };
}

adapterTest("control: who keeps all of C is listed", async () => {
  assertEquals((await proven(honest)).ended, "listed: software software");
});

// What it costs the attacker: half of a product for each sweep, and there are up to 256. What stops him:
// a word of C takes 2·k operations, at least 2,048, so an adapter that makes rows again sweeps at the
// speed of its arithmetic and not of its memory. All that he opens is right: only the time tells.
adapterTest("who keeps half of C and makes the rest again is told by his sweeps", async () => {
  const { ended, contradicts } = await proven(halfStored);
  // On a machine that has much else to do his sweeps may not even be over by their deadline.
  if (ended === "refused: failed deadline") return;
  assertEquals(ended, "refused: implausible unknown");
  assertMatch(contradicts, /^regenerated: \d+ MB\/s swept, not \d+/);
});
