import { assertEquals } from "@std/assert";
import { encodeBase64Url } from "@std/encoding/base64url";
import { canonicalBytes } from "../../src/base/json.ts";
import { placeEvent } from "../../src/protocol/event_text.ts";
import { Journal } from "../../src/store/journal.ts";
import { JOURNAL_FILE } from "../../src/store/layout.ts";
import { openJournalFile } from "../../src/store/store.ts";
import { accepted, envelope, gpuBody, newActor, openTest, problemIn } from "./harness.ts";

Deno.test("an event of another writer in the place of ours is no acknowledgement of ours", async () => {
  await using registry = await openTest();
  const { sequencer } = registry.services;
  const owner = newActor();
  await accepted(registry, owner, "gpu.register", gpuBody("before"));
  const kv = await openJournalFile(`${registry.folder}/${JOURNAL_FILE}`);
  const rival = await Journal.open(kv);
  let last = sequencer.head;
  const records: Uint8Array[] = [];
  // As many events as the write below makes, and more: it must not find its seq taken for its own.
  for (let i = 0; i < 5; i++) {
    const { bytes, head } = placeEvent(
      { type: "tick", data: {} },
      last,
      registry.clock.now(),
      null,
    );
    records.push(bytes);
    last = head;
  }
  const unsigned = { ...last, node: registry.node.id, epoch: rival.epoch };
  const sig = encodeBase64Url(await registry.node.signAsync(canonicalBytes(unsigned)));
  await rival.append(records, { ...unsigned, sig });
  const write = await envelope(owner, registry, "gpu.register", gpuBody("lost"));
  const body = JSON.stringify({ envelopes: [write] });
  const response = await registry.fetch("/v1/intents", { method: "POST", body });
  assertEquals([response.status, (await problemIn(response)).code], [503, "fenced"]);
  assertEquals((await registry.fetch("/v1/gpus/lost")).status, 404);
  // It goes on after the other's events, and the same intent may still be sequenced.
  const again = await registry.fetch("/v1/intents", { method: "POST", body });
  assertEquals(again.status, 200);
  assertEquals(sequencer.head.seq, last.seq + 1);
  kv.close();
});
