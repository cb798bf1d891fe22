import { assertEquals, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import type { StageRecord } from "../../src/registry/proving/open_challenge.ts";
import { OpenChallenges } from "../../src/registry/proving/open_challenges.ts";
import { ManualClock, newActor } from "./harness.ts";
import { gpuView } from "./views.ts";

const blank: StageRecord = { nonce: new Uint8Array(32), t0_ms: null, t1_ms: null, roots: [] };

function gpu(i: number) {
  const about = { gpu_type: "RTX 3090", vram_gb: 24, price_micros_per_hour: 1, available: true };
  return gpuView({ ...about, gpu_id: `gpu-${i}`, class: null });
}

Deno.test("strangers can't take the room of the proofs that the registry asks for", () => {
  const open = new OpenChallenges(new ManualClock());
  for (let i = 0; i < LIMITS.challenges_open; i++) {
    open.add({
      step: "issued",
      actor: `stranger ${i % 32}`,
      gpu: gpu(i),
      reason: "registration",
      companions: null,
      expected: { gops: 1, chain_gops: 1, memory_mb_per_s: 500, vram_gb: 0 },
      echo: "",
      echoed_ms: null,
      round_trip_ms: 0,
      size: null,
      limits_ms: null,
      stages: { matrix: blank, chain: blank, sweep: blank },
      draw: null,
      deadline_ms: 1000,
    });
  }
  const owner = newActor().id;
  const mine = gpu(LIMITS.challenges_open);
  const refused = assertThrows(() => open.checkRoom(owner, mine, false), HorizonError);
  assertEquals(refused.code, "limit_reached");
  open.checkRoom(owner, mine, true);
  assertThrows(() => open.checkRoom(owner, gpu(0), true), HorizonError, "under way already");
});
