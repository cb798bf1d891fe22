import { assertEquals } from "@std/assert";
import {
  DOLLAR,
  HOUR_MS,
  judgement,
  NODE,
  OWNER,
  refusal,
  registration,
  rental,
  Rig,
  submission,
  verdictOf,
} from "./rig.ts";

function embedded(): Rig {
  const rig = new Rig({ mode: "embedded" });
  rig.deposit(OWNER, 100 * DOLLAR);
  rig.act(OWNER, "gpu.register", registration("g", 3_600_000));
  rig.act(NODE, "gpu.judge", judgement("g", verdictOf("verified")));
  return rig;
}

const serve = (rig: Rig) =>
  rig.act(NODE, "node.settings", { ...rig.state.settings, mode: "served" });

Deno.test("on the embedded registry one's own GPU is online and can be rented", () => {
  const rig = embedded();
  assertEquals([rig.gpu("g").online, rig.gpu("g").available], [true, true]);
  const lease_id = rig.rent("g", 60, OWNER);
  rig.act(OWNER, "job.submit", submission("g"));
  rig.pass(60_000);
  assertEquals(rig.lease(lease_id).cost_micros, 60_000);
  assertEquals(rig.money(OWNER), [100 * DOLLAR - 60_000, 0, 60_000]);
});

Deno.test("a provider that goes away loses its jobs on the embedded registry, and keeps the meter", () => {
  const rig = embedded();
  rig.liveness("g", true);
  const lease_id = rig.rent("g", 600, OWNER);
  const event = rig.act(OWNER, "job.submit", submission("g"));
  const job_id = `job_${event.seq}`;
  rig.act(OWNER, "job.claim", { job_id });
  rig.liveness("g", false);
  assertEquals(rig.job(job_id).state, "lost");
  assertEquals(rig.gpu("g").online, true);
  rig.pass(600_000);
  assertEquals([rig.lease(lease_id).reason, rig.lease(lease_id).metered_s], ["expired", 600]);
});

Deno.test("the first serve ends renting one's own, and stops the meter of GPUs that don't answer", () => {
  const rig = embedded();
  const lease_id = rig.rent("g", 3600, OWNER);
  rig.pass(10_000);
  serve(rig);
  assertEquals(rig.last_effects?.changed_gpus, ["g"]);
  assertEquals([rig.gpu("g").online, rig.gpu("g").available], [false, false]);
  rig.pass(HOUR_MS);
  const { reason, metered_s } = rig.lease(lease_id);
  assertEquals([reason, metered_s], ["provider_offline", 10]);
  refusal("own_gpu", () => rig.act(OWNER, "lease.rent", rental("g", 60)));
});

Deno.test("a GPU whose provider answers keeps its lease when its registry begins to serve", () => {
  const rig = embedded();
  rig.liveness("g", true);
  const lease_id = rig.rent("g", 600, OWNER);
  rig.pass(10_000);
  serve(rig);
  rig.pass(590_000);
  assertEquals([rig.lease(lease_id).reason, rig.lease(lease_id).metered_s], ["expired", 600]);
});

Deno.test("a served registry never becomes embedded again, and only its operator changes settings", () => {
  const rig = embedded();
  const { settings } = rig.state;
  refusal("forbidden", () => rig.act(OWNER, "node.settings", { ...settings, mode: "served" }));
  serve(rig);
  refusal("forbidden", () => rig.act(NODE, "node.settings", settings));
  rig.act(NODE, "node.settings", { ...settings, mode: "served", fee_bps: 17 });
  assertEquals(rig.state.settings.fee_bps, 17);
});

Deno.test("a lease is billed with the fee that holds at its end", () => {
  const rig = embedded();
  serve(rig);
  rig.liveness("g", true);
  rig.deposit(NODE, DOLLAR);
  rig.rent("g", 60, NODE);
  rig.act(NODE, "node.settings", { ...rig.state.settings, fee_bps: 10_000 });
  rig.pass(60_000);
  assertEquals([rig.state.fees_micros, rig.money(OWNER)[2]], [60_000, 0]);
});
