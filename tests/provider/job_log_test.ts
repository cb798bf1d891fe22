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

Deno.test("a job that floods its log is cut off, and the runner's own words still pass", async () => {
  const sent: LogLine[] = [];
  const log = new JobLog((lines) => Promise.resolve(sent.push(...lines)), systemClock);
  for (let i = 0; i < LIMITS.job_log_lines + 500; i++) log.push("log", "flood");
  log.push("status", "the end");
  await log.close();
  assert(sent.length <= LIMITS.job_log_lines);
  assertEquals(sent.at(-1)?.text, "the end");
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
