import { assert, assertEquals } from "@std/assert";
import { sha256Hex } from "../../src/base/hash.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { REASONS } from "../../src/provider/jail_outcome.ts";
import { Transcript } from "../../src/provider/jail_transcript.ts";
import { encodeFrame } from "../../src/runtime/frames.ts";
import { FROM_JOB } from "../../src/runtime/messages.ts";
import { Random } from "../random.ts";

const RULES = {
  outputs: ["a", "b"],
  output_mb: 1,
  metrics: ["loss"],
  checkpoint_mb: 1,
  jailed: true,
};
const stage = (name: string) => encodeFrame(FROM_JOB.stage, { stage: name, at_ms: 0 });
const failed = (code: string) => encodeFrame(FROM_JOB.failed, { code, message: "why" });
const output = (name: string, size_bytes: number, offset_bytes: number, body: Uint8Array) =>
  encodeFrame(FROM_JOB.output, { name, size_bytes, offset_bytes }, body);
const succeeded = encodeFrame(FROM_JOB.succeeded, null);

/** A transcript that has seen an honest start. */
function started(listener = {}): Transcript {
  const transcript = new Transcript(RULES, listener);
  assertEquals(transcript.take(stage("jailed")), null);
  assertEquals(transcript.take(stage("locked")), null);
  assert(transcript.isLocked);
  return transcript;
}

function last(transcript: Transcript, ...frames: Uint8Array<ArrayBuffer>[]) {
  return frames.map((frame) => transcript.take(frame)).find((ending) => ending !== null) ?? null;
}

Deno.test("outputs in pieces come out whole, hashed here, in the order that was asked for", () => {
  const transcript = started();
  const frames = [
    output("b", 3, 0, Uint8Array.of(1, 2)),
    output("a", 0, 0, new Uint8Array()),
    output("b", 3, 2, Uint8Array.of(3)),
  ];
  assertEquals(last(transcript, ...frames), null);
  assertEquals(last(transcript, succeeded)?.reason, "done");
  const [a, b] = transcript.outputs();
  assertEquals([a?.name, a?.bytes, b?.name, b?.bytes], [
    ...["a", new Uint8Array()],
    ...["b", Uint8Array.of(1, 2, 3)],
  ]);
  assertEquals(b?.sha256, sha256Hex(Uint8Array.of(1, 2, 3)));
});

Deno.test("a child that says it runs without having said it is jailed is stopped", () => {
  const ending = new Transcript(RULES, {}).take(stage("locked"));
  assertEquals([ending?.reason, ending?.side], ["jail_unavailable", "provider"]);
  const unjailed = new Transcript({ ...RULES, jailed: false }, {});
  assertEquals(unjailed.take(stage("locked")), null);
});

Deno.test("before the renter's part a failure is the provider's, after it the renter's", () => {
  const before = (code: string) => new Transcript(RULES, {}).take(failed(code));
  assertEquals(before("jail_unavailable")?.reason, "jail_unavailable");
  assertEquals(before("no_adapter")?.side, "provider");
  for (const code of ["shader_error", "internal", "toString", "time_limit"]) {
    assertEquals([before(code)?.reason, before(code)?.side], ["job_not_started", "provider"]);
  }
  for (const code of [...Object.keys(REASONS), "internal", "toString", "__proto__"]) {
    assertEquals(started().take(failed(code))?.side, "renter", code);
  }
  assertEquals(started().take(failed("shader_error"))?.reason, "shader_error");
  assertEquals(started().take(failed("time_limit"))?.reason, "invalid_output");
});

Deno.test("success before the start is no success", () => {
  assertEquals(new Transcript(RULES, {}).take(succeeded)?.reason, "job_not_started");
});

Deno.test("log lines are cleaned of control characters, and none is too long", () => {
  const lines: string[] = [];
  const transcript = started({ onLog: (line: string) => lines.push(line) });
  transcript.take(encodeFrame(FROM_JOB.log, "a\u001b[2Jb\nc\u202e"));
  assertEquals(lines, ["a [2Jb c "]);
  const long = encodeFrame(FROM_JOB.log, "x".repeat(4097));
  assertEquals(started().take(long)?.reason, "invalid_output");
});

Deno.test("progress is told, never beyond its total", () => {
  const told: number[][] = [];
  const transcript = started({ onProgress: (...args: number[]) => told.push(args) });
  transcript.take(encodeFrame(FROM_JOB.progress, { done: 1, total: 3 }));
  transcript.take(encodeFrame(FROM_JOB.progress, { done: 9, total: 3 }));
  assertEquals(told, [[1, 3], [3, 3]]);
  const negative = encodeFrame(FROM_JOB.progress, { done: -1, total: 3 });
  assertEquals(transcript.take(negative)?.reason, "invalid_output");
});

/** The frame a thousand times. */
function repeated(frame: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(frame.length * 1000);
  for (let i = 0; i < 1000; i++) bytes.set(frame, i * frame.length);
  return bytes;
}

const TALK: [string, Uint8Array][] = [
  ["progress", encodeFrame(FROM_JOB.progress, { done: 1, total: 1 })],
  ["long lines", encodeFrame(FROM_JOB.log, "x".repeat(4096))],
  ["empty pieces of an output", output("a", 1, 0, new Uint8Array())],
];
for (const [what, frame] of TALK) {
  Deno.test(`a child that sends nothing but ${what} is stopped at the limit`, () => {
    const transcript = started();
    const flood = repeated(frame);
    let ending = null;
    let taken_bytes = 0;
    while (ending === null && taken_bytes < 2 * LIMITS.job_talk_bytes) {
      ending = transcript.take(flood);
      taken_bytes += flood.length;
    }
    assertEquals([ending?.reason, ending?.side], ["log_limit", "renter"]);
  });
}

Deno.test("a child may go on talking at the pace that costs its host nothing", () => {
  let now_ms = 0;
  const clock = { now: () => now_ms, monotonic: () => now_ms };
  const transcript = new Transcript(RULES, {}, clock);
  last(transcript, stage("jailed"), stage("locked"));
  const flood = repeated(encodeFrame(FROM_JOB.log, "x".repeat(1000)));
  for (let taken_bytes = 0; taken_bytes < 3 * LIMITS.job_talk_bytes; taken_bytes += flood.length) {
    now_ms += 1.1 * 1000 * flood.length / LIMITS.job_talk_bytes_per_s;
    assertEquals(transcript.take(flood), null);
  }
});

const random = Random.fresh();
Deno.test(`whatever bytes a child writes, the transcript ends or goes on (seed ${random.seed})`, () => {
  const honest = [output("a", 3, 0, Uint8Array.of(1, 2, 3)), succeeded, failed("internal")];
  for (let round = 0; round < 2000; round++) {
    const bytes = (honest[random.below(honest.length)] ?? succeeded).slice();
    for (let flips = random.below(4); flips >= 0; flips--) {
      bytes[random.below(bytes.length)] = random.below(256);
    }
    const ending = started().take(bytes);
    if (ending !== null) assertEquals(ending.side, "renter");
  }
});
