import { assert, assertEquals } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { systemClock } from "../../src/base/clock.ts";
import type { LogLine } from "../../src/protocol/api.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { JobLog } from "../../src/provider/job_log.ts";

Deno.test("lines arrive in order, in batches of the limit, the longest cut", async () => {
  const batches: LogLine[][] = [];
  const log = new JobLog((lines) => Promise.resolve(batches.push(lines)), systemClock);
  for (let i = 0; i < 600; i++) log.push("log", `line ${i}`);
  log.push("log", "x".repeat(LIMITS.job_log_line_chars + 1));
  await log.close();
  const texts = batches.flat().map((line) => line.text);
  assertEquals(texts.slice(0, 600), Array.from({ length: 600 }, (_, i) => `line ${i}`));
  assertEquals(texts.at(-1)?.length, LIMITS.job_log_line_chars);
  assert(batches.every((batch) => batch.length <= LIMITS.job_log_batch_lines));
});

Deno.test("of progress that waits only the newest is sent", async () => {
  const sent: LogLine[] = [];
  const log = new JobLog((lines) => Promise.resolve(sent.push(...lines)), systemClock);
  for (let i = 1; i <= 50; i++) log.push("progress", `${i}/50`);
  await log.close();
  assertEquals(sent.map((line) => line.text), ["50/50"]);
});

/** A log and what it has sent; its clock stands still. */
function sending(): { log: JobLog; sent: LogLine[] } {
  const sent: LogLine[] = [];
  const clock = { now: () => 1, monotonic: () => 0 };
  return { log: new JobLog((lines) => Promise.resolve(sent.push(...lines)), clock), sent };
}

Deno.test("of a log that is too long the first and the last lines are sent, and what is missing", async () => {
  const { log, sent } = sending();
  const count = LIMITS.job_log_lines + 1000;
  for (let i = 0; i < count; i++) log.push("log", `line ${i}`);
  log.push("status", "the end");
  await log.close();
  const texts = sent.map(({ text }) => text);
  const left_out = 1000 + 1 - LIMITS.job_log_tail_lines;
  const kept = LIMITS.job_log_tail_lines - 1;
  assertEquals(texts.slice(0, LIMITS.job_log_lines), linesFrom(0, LIMITS.job_log_lines));
  assertEquals(texts.slice(LIMITS.job_log_lines), [
    `${left_out} lines are left out here: the log is too long`,
    ...linesFrom(count - kept, kept),
    "the end",
  ]);
});

Deno.test("a log that is barely too long is whole", async () => {
  const { log, sent } = sending();
  const count = LIMITS.job_log_lines + LIMITS.job_log_tail_lines;
  for (let i = 0; i < count; i++) log.push("log", `line ${i}`);
  await log.close();
  assertEquals(sent.map(({ text }) => text), linesFrom(0, count));
});

Deno.test("a log of long lines is bounded by its characters", async () => {
  const { log, sent } = sending();
  const line = "x".repeat(LIMITS.job_log_line_chars);
  const fits = LIMITS.job_log_chars / line.length;
  for (let i = 0; i < 2 * fits; i++) log.push("log", line);
  await log.close();
  assertEquals(sent.length, fits + 1 + LIMITS.job_log_tail_lines);
});

function linesFrom(start: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `line ${start + i}`);
}

Deno.test("the newest figures are sent, ten times a second at most, and the last ones always", async () => {
  let now_ms = 0;
  const sent: LogLine[] = [];
  const clock = { now: () => now_ms, monotonic: () => now_ms };
  let arrived = Promise.withResolvers<void>();
  const log = new JobLog((lines) => {
    sent.push(...lines);
    arrived.resolve();
    return Promise.resolve();
  }, clock);
  log.metric(0, { loss: 9 });
  await arrived.promise;
  arrived = Promise.withResolvers();
  log.metric(0.25, { loss: 4 });
  log.push("log", "hello");
  now_ms = LIMITS.job_live_ms / 2;
  await arrived.promise;
  log.metric(0.5, { loss: 1 });
  log.push("status", "succeeded");
  await log.close();
  assertEquals(sent.map(({ kind, text }) => `${kind} ${text}`), [
    'metric {"loss":9,"done":0}',
    "log hello",
    'metric {"loss":1,"done":0.5}',
    "status succeeded",
  ]);
});

Deno.test("lines wait while the registry is away and arrive once when it is back", async () => {
  const sent: LogLine[] = [];
  let failures = 0;
  const log = new JobLog((lines) => {
    if (failures++ < 2) return Promise.reject(new HorizonError("network", "away"));
    return Promise.resolve(sent.push(...lines));
  }, systemClock);
  log.push("log", "a");
  log.push("log", "b");
  await log.close();
  assertEquals(sent.map((line) => line.text), ["a", "b"]);
});

Deno.test("a registry that refuses the lines ends the sending at once", async () => {
  let calls = 0;
  const log = new JobLog(() => {
    calls += 1;
    return Promise.reject(new HorizonError("job_state", "not yours"));
  }, systemClock);
  log.push("log", "a");
  await log.close();
  log.push("log", "b");
  await log.close();
  assertEquals(calls, 1);
});
