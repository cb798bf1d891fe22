import { assert, assertEquals } from "@std/assert";
import { deserialize, movementsOf, serialize } from "../../src/market/market.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import type { IntentBody } from "../../src/protocol/intent.ts";
import {
  actorId,
  DOLLAR,
  HOUR_MS,
  judgement,
  MINUTE_MS,
  NODE,
  OTHER,
  OWNER,
  refusal,
  registration,
  RENTER,
  Rig,
  verdictOf,
} from "./rig.ts";

const FEE = 10_000;

function served(): Rig {
  const rig = new Rig({ badge_life_ms: 24 * HOUR_MS, challenge_fee_micros: FEE });
  rig.deposit(RENTER, 100 * DOLLAR);
  rig.deposit(OTHER, 100 * DOLLAR);
  rig.list("g");
  return rig;
}

const challenge = (rig: Rig, actor = RENTER, options: Partial<IntentBody<"gpu.challenge">> = {}) =>
  rig.act(actor, "gpu.challenge", { gpu_id: "g", max_fee_micros: FEE, ...options });
const judge = (rig: Rig, verdict: Parameters<typeof verdictOf>[0]) =>
  rig.act(NODE, "gpu.judge", {
    ...judgement("g", verdictOf(verdict)),
    reason: "complaint",
  });

Deno.test("a complaint holds its fee, which the owner of a GPU that holds earns", () => {
  const rig = served();
  const event = challenge(rig);
  assert(event.type === "gpu.challenged");
  assertEquals(event.data, { gpu_id: "g", actor: RENTER, fee_micros: FEE });
  assertEquals(rig.money(RENTER), [100 * DOLLAR - FEE, FEE, 0]);
  const verdict = judge(rig, "verified");
  assertEquals(rig.money(RENTER), [100 * DOLLAR - FEE, 0, 0]);
  assertEquals(rig.money(OWNER), [0, 0, FEE]);
  assertEquals(rig.state.gpus.get("g")?.complaint, null);
  const movements = movementsOf(verdict, rig.last_effects?.postings ?? []);
  assertEquals(
    movements.map(({ actor, movement: { account, amount_micros, ref } }) => {
      return [actor, account, amount_micros, ref];
    }),
    [[RENTER, "held", -FEE, "g"], [OWNER, "earned", FEE, "g"]],
  );
});

Deno.test("a complaint that was right costs nothing", () => {
  for (const verdict of ["failed", "implausible", "software"] as const) {
    const rig = served();
    challenge(rig);
    judge(rig, verdict);
    assertEquals(rig.money(RENTER), [100 * DOLLAR, 0, 0]);
    assertEquals(rig.money(OWNER), [0, 0, 0]);
  }
});

Deno.test("a renter may complain of what they lease, and a failed proof gives all back", () => {
  const rig = served();
  rig.rent("g", 3600);
  refusal("gpu_leased", () => challenge(rig, OTHER));
  challenge(rig);
  rig.pass(60_000);
  judge(rig, "failed");
  assertEquals(rig.money(RENTER), [100 * DOLLAR, 0, 0]);
});

Deno.test("one complaint of a GPU is open at a time, and one actor's come ten minutes apart", () => {
  const rig = served();
  challenge(rig);
  refusal("challenge_open", () => challenge(rig, OTHER));
  judge(rig, "verified");
  const error = refusal("limit_reached", () => challenge(rig));
  assertEquals(error.details, { again_at: rig.at + 10 * MINUTE_MS });
  challenge(rig, OTHER);
  judge(rig, "verified");
  rig.pass(10 * MINUTE_MS - 1);
  refusal("limit_reached", () => challenge(rig));
  rig.pass(1);
  challenge(rig);
});

Deno.test("all actors together complain of a GPU so many times in ten minutes", () => {
  const rig = served();
  for (let i = 0; i < LIMITS.complaints_per_window; i++) {
    const actor = actorId(String.fromCharCode(97 + i));
    rig.deposit(actor, DOLLAR);
    challenge(rig, actor);
    judge(rig, "verified");
    rig.pass(1_000);
  }
  const error = refusal("limit_reached", () => challenge(rig));
  assertEquals(error.details, { again_at: rig.at + 10 * MINUTE_MS - 8_000 });
  rig.state = deserialize(serialize(rig.state));
  refusal("limit_reached", () => challenge(rig));
  rig.pass(10 * MINUTE_MS - 8_000);
  challenge(rig);
});

Deno.test("a complaint needs a GPU that is listed and online, of another owner, and the money", () => {
  const rig = served();
  refusal("gpu_not_found", () => challenge(rig, RENTER, { gpu_id: "none" }));
  refusal("own_gpu", () => challenge(rig, OWNER));
  const dear = refusal("no_offer", () => challenge(rig, RENTER, { max_fee_micros: FEE - 1 }));
  assertEquals(dear.details, { fee_micros: FEE });
  assert(dear.message.includes("$0.01"), dear.message);
  refusal("insufficient_funds", () => challenge(rig, actorId("P")));
  rig.liveness("g", false);
  refusal("gpu_offline", () => challenge(rig));
  judge(rig, "failed");
  refusal("gpu_not_listed", () => challenge(rig));
});

Deno.test("a complaint that no verdict answers lapses, after a snapshot too", () => {
  const rig = served();
  challenge(rig);
  rig.state = deserialize(serialize(rig.state));
  rig.liveness("g", false);
  assertEquals(rig.pass(LIMITS.complaint_wait_ms - 1), []);
  assertEquals(rig.pass(1).map(({ type }) => type), ["gpu.challenge_lapsed"]);
  assertEquals(rig.money(RENTER), [100 * DOLLAR, 0, 0]);
  judge(rig, "verified");
  assertEquals(rig.money(OWNER), [0, 0, 0]);
});

Deno.test("a GPU that goes away or is registered anew releases the fee", () => {
  const departures: ((rig: Rig) => unknown)[] = [
    (rig) => rig.act(OWNER, "gpu.deregister", { gpu_id: "g", force: false }),
    (rig) => rig.act(OWNER, "gpu.leave", { gpu_id: "g", to: OTHER, home_epoch: 2 }),
    (rig) => rig.act(OWNER, "gpu.register", registration("g", 1)),
  ];
  for (const depart of departures) {
    const rig = served();
    challenge(rig);
    depart(rig);
    assertEquals(rig.money(RENTER), [100 * DOLLAR, 0, 0]);
    assertEquals(rig.pass(HOUR_MS), []);
  }
});

Deno.test("on the embedded registry one's own GPU can be challenged, for nothing", () => {
  const rig = new Rig({ mode: "embedded", challenge_fee_micros: FEE });
  rig.list("g");
  const event = challenge(rig, OWNER, { max_fee_micros: 0 });
  assert(event.type === "gpu.challenged");
  assertEquals(event.data.fee_micros, 0);
  judge(rig, "verified");
  assertEquals(rig.state.gpus.get("g")?.complaint, null);
});
