import { assert, assertEquals } from "@std/assert";
import { KEY_FILE, loadKeyFile } from "../../src/base/keyfile.ts";
import type { StreamedEvent } from "../../src/client/client.ts";
import { Home } from "./binary.ts";
import { writeEndlessJob } from "./endless_job.ts";
import { serve } from "./served.ts";

Deno.test("kill -9 of the provider loses its job, stops the meter and settles the hold", async () => {
  await using operator = new Home("operator");
  await using owner = new Home("owner");
  await using renter = new Home("renter");
  const served = await serve(operator, ["--allow-software"]);
  for (const home of [owner, renter]) {
    await home.json(["init"]);
    await home.json(["config", "--set", "registry", served.url]);
  }
  const me = await loadKeyFile(`${renter.folder}/config/${KEY_FILE}`);
  await served.operator.submit("wallet.deposit", { to: me.id, amount_micros: 10_000_000 });
  await owner.json(["register-gpu", "--gpu-id", "rig", "--gpu-type", "auto", "--price", "3.60"]);
  const provider = owner.start(["provide"]);
  await provider.line(/online/);
  await renter.json(["rent", "rig", "--duration", "1", "--yes"]);
  await writeEndlessJob(`${renter.folder}/endless`);
  const waiting = renter.start(["submit-job", "rig", "--job", "endless/job.json", "--wait"]);
  await waiting.line(/started/);

  const head = (await served.operator.node()).head.seq;
  const killed_at = Date.now();
  await provider.kill("SIGKILL");
  const events = await eventsUntil(served.operator.events(head, AbortSignal.timeout(120_000)));

  const lost = events.find((event) => event.type === "job.ended");
  assertEquals(lost?.data["state"], "lost");
  assertEquals(lost?.data["reason"], "provider_offline");
  assertEquals(lost?.data["side"], "provider");
  const offline = events.find((event) => event.type === "gpu.offline");
  assert(Number(offline?.data["last_seen"]) <= killed_at + 1_000);
  const ended = events.at(-1);
  assertEquals(ended?.data["reason"], "provider_offline");
  // $3.60 an hour is 1,000 micro-dollars a second, and no second after the last sign of life counts.
  const lease = await served.as(me).lease(String(ended?.data["lease_id"]));
  assert(lease.metered_s * 1000 <= killed_at + 1_000 - lease.started_at);
  assertEquals(lease.cost_micros, lease.metered_s * 1_000);
  const wallet = await served.as(me).wallet();
  assertEquals(wallet.held_micros, 0);
  assertEquals(wallet.available_micros, 10_000_000 - lease.cost_micros);
  assertEquals((await waiting.status).code, 100);
});

/** The events up to the end of the lease. */
async function eventsUntil(stream: AsyncIterable<StreamedEvent>): Promise<StreamedEvent[]> {
  const events: StreamedEvent[] = [];
  for await (const event of stream) {
    events.push(event);
    if (event.type === "lease.ended") break;
  }
  return events;
}
