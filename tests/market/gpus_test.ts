import { assert, assertEquals } from "@std/assert";
import { LIMITS } from "../../src/protocol/limits.ts";
import {
  DOLLAR,
  judgement,
  NODE,
  OTHER,
  OWNER,
  refusal,
  registration,
  RENTER,
  Rig,
  verdictOf,
} from "./rig.ts";

Deno.test("a registered GPU is unproven, offline and not available", () => {
  const rig = new Rig();
  rig.act(OWNER, "gpu.register", registration("g", 1));
  const { status, verdict, online, available, owner, home } = rig.gpu("g");
  assertEquals(
    { status, verdict, online, available, owner, home },
    {
      status: "unproven",
      verdict: null,
      online: false,
      available: false,
      owner: OWNER,
      home: NODE,
    },
  );
});

Deno.test("a GPU can be rented once it is listed, online and free", () => {
  const rig = new Rig();
  rig.deposit(RENTER, DOLLAR);
  rig.act(OWNER, "gpu.register", registration("g", 1));
  rig.act(NODE, "gpu.judge", judgement("g", verdictOf("verified")));
  assertEquals(rig.gpu("g").available, false);
  rig.liveness("g", true);
  assertEquals(rig.gpu("g").available, true);
  assertEquals(rig.gpu("g").proven_at, rig.at);
  const lease_id = rig.rent("g", 60);
  assertEquals(rig.gpu("g").available, false);
  assertEquals(rig.gpu("g").lease_id, lease_id);
});

Deno.test("another owner can't take a GPU id", () => {
  const rig = new Rig();
  rig.list("g");
  refusal("gpu_exists", () => rig.act(OTHER, "gpu.register", registration("g", 1)));
});

Deno.test("its owner may register a free GPU again, and it is unproven then", () => {
  const rig = new Rig();
  rig.list("g", { price: 7 });
  rig.pass(1000);
  rig.act(OWNER, "gpu.register", registration("g", 9));
  const view = rig.gpu("g");
  assertEquals(
    [view.price_micros_per_hour, view.status, view.verdict, view.proven_at, view.online],
    [9, "unproven", null, null, true],
  );
  assertEquals(view.registered_at, rig.at);
  assertEquals(rig.state.gpu_counts.get(OWNER), 1);
});

Deno.test("its owner may not register a leased GPU again", () => {
  const rig = new Rig();
  rig.deposit(RENTER, 100 * DOLLAR);
  rig.list("g");
  const lease_id = rig.rent("g", 60);
  const error = refusal("gpu_exists", () => rig.act(OWNER, "gpu.register", registration("g", 1)));
  assertEquals(error.details, { lease_id });
});

Deno.test("an owner has at most a thousand GPUs, and room again after deregistering one", () => {
  const rig = new Rig();
  rig.state.gpu_counts.set(OWNER, LIMITS.gpus_per_owner - 1);
  rig.act(OWNER, "gpu.register", registration("last", 1));
  refusal("limit_reached", () => rig.act(OWNER, "gpu.register", registration("more", 1)));
  rig.act(OTHER, "gpu.register", registration("others", 1));
  rig.act(OWNER, "gpu.deregister", { gpu_id: "last", force: false });
  rig.act(OWNER, "gpu.register", registration("more", 1));
});

Deno.test("only the owner re-prices a GPU, and a live lease keeps its price", () => {
  const rig = new Rig();
  rig.deposit(RENTER, 100 * DOLLAR);
  rig.list("g", { price: 3_600_000 });
  const lease_id = rig.rent("g", 60);
  const body = { gpu_id: "g", price_micros_per_hour: 1 };
  refusal("forbidden", () => rig.act(RENTER, "gpu.update", body));
  refusal("gpu_not_found", () => rig.act(OWNER, "gpu.update", { ...body, gpu_id: "none" }));
  rig.act(OWNER, "gpu.update", body);
  assertEquals(rig.gpu("g").price_micros_per_hour, 1);
  assertEquals(rig.state.leases.get(lease_id)?.price_micros_per_hour, 3_600_000);
});

for (const verdict of ["implausible", "failed"] as const) {
  Deno.test(`a GPU whose proof is ${verdict} is refused, and not proven`, () => {
    const rig = new Rig({ allow_software: true });
    rig.act(OWNER, "gpu.register", registration("g", 1));
    const event = rig.act(NODE, "gpu.judge", judgement("g", verdictOf(verdict)));
    assertEquals(event.type === "gpu.judged" && event.data.listed, false);
    assertEquals([rig.gpu("g").status, rig.gpu("g").proven_at], ["refused", null]);
  });
}

Deno.test("a software GPU is listed as long as the operator allows it", () => {
  const rig = new Rig();
  rig.act(OWNER, "gpu.register", registration("g", 1));
  rig.act(NODE, "gpu.judge", judgement("g", verdictOf("software")));
  assertEquals(rig.gpu("g").status, "refused");
  rig.act(NODE, "node.settings", { ...rig.state.settings, allow_software: true });
  assertEquals(rig.gpu("g").status, "listed");
  rig.act(NODE, "gpu.judge", judgement("g", verdictOf("software")));
  assertEquals(rig.gpu("g").status, "listed");
  rig.act(NODE, "node.settings", { ...rig.state.settings, allow_software: false });
  assertEquals(rig.gpu("g").status, "refused");
});

Deno.test("only the registry judges proofs and says which GPUs are online", () => {
  const rig = new Rig();
  rig.list("g");
  refusal("forbidden", () => rig.act(OWNER, "gpu.judge", judgement("g", verdictOf("verified"))));
  const body = { gpu_id: "g", online: false, last_seen: rig.at };
  refusal("forbidden", () => rig.act(OWNER, "gpu.liveness", body));
  const elsewhere = { ...body, gpu_id: "none" };
  refusal("gpu_not_found", () => rig.act(OWNER, "gpu.liveness", elsewhere));
  const future = { ...elsewhere, last_seen: rig.at + 1 };
  refusal("invalid_input", () => rig.act(OWNER, "gpu.liveness", future));
});

Deno.test("a free GPU is deregistered by its owner only, and is gone", () => {
  const rig = new Rig();
  rig.list("g");
  const body = { gpu_id: "g", force: false };
  refusal("forbidden", () => rig.act(OTHER, "gpu.deregister", body));
  rig.act(OWNER, "gpu.deregister", body);
  assertEquals(rig.last_effects?.changed_gpus, ["g"]);
  refusal("gpu_not_found", () => rig.act(OWNER, "gpu.deregister", body));
});

Deno.test("a leased GPU is deregistered by force only: jobs end, the renter gets all back", () => {
  const rig = new Rig({ fee_bps: 500 });
  rig.deposit(RENTER, 100 * DOLLAR);
  rig.list("g");
  rig.rent("g", 600);
  const job_id = rig.submit("g");
  rig.pass(60_000);
  const refused = () => rig.act(OWNER, "gpu.deregister", { gpu_id: "g", force: false });
  refusal("gpu_leased", refused);
  const from = rig.state.seq + 1;
  rig.act(OWNER, "gpu.deregister", { gpu_id: "g", force: true });
  assertEquals(rig.types(from), ["job.ended", "lease.ended", "gpu.deregistered"]);
  const [jobEnd, leaseEnd, gone] = rig.events.slice(from - 1);
  assertEquals(jobEnd?.data, {
    job_id,
    state: "lost",
    reason: "deregistered",
    side: "provider",
    result: null,
  });
  assert(leaseEnd?.type === "lease.ended");
  assertEquals(leaseEnd.data.cost_micros, 0);
  assertEquals(leaseEnd.data.metered_s, 60);
  assertEquals(rig.state.accounts.get(RENTER)?.available_micros, 100 * DOLLAR);
  assertEquals(rig.state.accounts.get(RENTER)?.held_micros, 0);
  assertEquals(leaseEnd.intent, undefined, "the intent rides on the last event");
  assert(gone?.intent !== undefined);
});
