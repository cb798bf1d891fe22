import { assert, assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { measure, type Sample, sampleAim, sampleFrom } from "../../src/cli/quote/measurement.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { Random } from "../random.ts";

/** A made-up GPU: what it does with a sample. */
interface Machine {
  unit_ms: number;
  startup_ms: number;
  /** How much start and end vary, at most. */
  jitter_ms: number;
  /** The part of the work that it does before it says that it starts. */
  early?: number;
}

/** Samples on a machine that ends those which run past the bound. */
function sampler(machine: Machine, sample_s: number, random: Random) {
  const { unit_ms, startup_ms, jitter_ms, early = 0 } = machine;
  const repeats: number[] = [];
  const run = (repeat: number): Promise<Sample | null> => {
    repeats.push(repeat);
    const work_ms = repeat * unit_ms;
    if (work_ms > sample_s * 1000) return Promise.resolve(null);
    const wait_ms = 20 + Math.round(early * work_ms);
    const jitter = random.below(jitter_ms + 1);
    return Promise.resolve({
      repeat,
      wait_ms,
      run_ms: Math.round(startup_ms + jitter + (1 - early) * work_ms),
    });
  };
  return { run, repeats };
}

/** The seconds that all samples of a machine may take by its shader alone. */
const workSeconds = (machine: Machine, repeats: readonly number[], sample_s: number) =>
  repeats.reduce((sum, repeat) => sum + Math.min(sample_s, repeat * machine.unit_ms / 1000), 0);

Deno.test("any speed is measured to a fifth, in few samples, none of which is too long", async () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  for (let run = 0; run < 500; run++) {
    const sample_s = 1 + random.below(20);
    const machine = {
      // From 5 µs to a sixth of the bound, evenly by the logarithm.
      unit_ms: 0.005 * (sample_s * 1000 / 6 / 0.005) ** (random.below(1000) / 1000),
      startup_ms: 50 + random.below(3000),
      jitter_ms: 40,
    };
    const { run: sample, repeats } = sampler(machine, sample_s, random);
    const measured = await measure(sample, sampleAim(sample_s));
    const about = `seed ${random.seed}, run ${run}: ${
      JSON.stringify({ sample_s, machine, repeats })
    }`;
    const unit_ms = measured.unit_ns / 1e6;
    assert(Math.abs(unit_ms / machine.unit_ms - 1) < 0.2, `${about}: ${unit_ms}`);
    assert(repeats.length <= LIMITS.quote_samples, about);
    assert(workSeconds(machine, repeats, sample_s) < 2 * sample_s, about);
    assert(Math.abs(measured.startup_ms - machine.startup_ms - 20) < 100 + machine.unit_ms, about);
  }
});

Deno.test("who works before saying that it starts gains nothing by it", async () => {
  const random = new Random(1);
  const honest = { unit_ms: 4, startup_ms: 500, jitter_ms: 0 };
  const unitOf = async (machine: Machine) =>
    (await measure(sampler(machine, 5, random).run, sampleAim(5))).unit_ns;
  assertEquals(await unitOf({ ...honest, early: 0.9 }), await unitOf(honest));
});

Deno.test("a sample that was cut short is tried again with fewer dispatches", async () => {
  const held = (cuts: number) => {
    const { run } = sampler({ unit_ms: 3, startup_ms: 100, jitter_ms: 0 }, 5, new Random(1));
    // Something else holds the machine up, so many times.
    return measure(
      (repeat) => repeat >= 100 && cuts-- > 0 ? Promise.resolve(null) : run(repeat),
      sampleAim(5),
    );
  };
  assertEquals((await held(1)).unit_ns, 3_000_000);
  const error = await assertRejects(() => held(9), HorizonError, "now short, now too long");
  assertEquals(error.code, "unmeasurable");
});

Deno.test("what is too slow or too quick to be measured is said to be so", async () => {
  const cases: [unit_ms: number, words: RegExp][] = [
    [6_000, /Two dispatches take longer/],
    [3_000, /Two dispatches take longer/],
    [0.0001, /too little time/],
  ];
  for (const [unit_ms, words] of cases) {
    const { run } = sampler({ unit_ms, startup_ms: 300, jitter_ms: 0 }, 5, new Random(1));
    const error = await assertRejects(() => measure(run, sampleAim(5)), HorizonError, undefined);
    assertEquals(error.code, "unmeasurable");
    assert(words.test(error.message), error.message);
  }
});

Deno.test("a machine that answers at random times ends, whatever it says", async () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  for (let run = 0; run < 500; run++) {
    let samples = 0;
    const ended = await measure((repeat) => {
      samples++;
      if (random.below(4) === 0) return Promise.resolve(null);
      return Promise.resolve({ repeat, wait_ms: random.below(4000), run_ms: random.below(9000) });
    }, sampleAim(5)).catch((error: unknown) => error);
    assert(samples <= LIMITS.quote_samples);
    const isRefused = ended instanceof HorizonError && ended.code === "unmeasurable";
    assert(isRefused || Number(Object(ended).unit_ns) >= 1, `seed ${random.seed}`);
  }
});

Deno.test("a sample's times are the registry's; one that never started has none", () => {
  const job = {
    job_id: "job_1",
    lease_id: "lease_1",
    gpu_id: "rig-1",
    renter: "r",
    provider: "p",
    kind: "wgsl",
    state: "succeeded",
    reason: "done",
    side: null,
    attempt: 1,
    bundle: "00",
    result: null,
    limits: { time_s: 1, memory_mb: 64, vram_mb: 1, output_mb: 1 },
    retry: { attempts: 0, on: [] },
    priority: 0,
    checkpoint: null,
    submitted_at: 1000,
    started_at: 1030,
    ended_at: 1530,
  } as const;
  const sample = { repeat: 7, wait_ms: 30, run_ms: 500 };
  const retry = { attempts: 0, on: [] };
  const lists = { retry, failed_on: [], statements: [] };
  assertEquals(sampleFrom({ ...job, ...lists }, 7), sample);
  assertEquals(sampleFrom({ ...job, ...lists, started_at: null }, 7), null);
});
