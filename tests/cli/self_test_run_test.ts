import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { type Check, pass } from "../../src/cli/self_test/check.ts";
import { judgeOffset } from "../../src/cli/self_test/clock_check.ts";
import { isolatedGpuChecks } from "../../src/cli/self_test/gpu_child.ts";
import { isAtLeast } from "../../src/cli/self_test/program.ts";
import { runChecks } from "../../src/cli/self_test/run_checks.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { SelfTestReport, type SelfTestRow } from "../../src/protocol/self_test.ts";

const { signal } = new AbortController();

function check(run: Check["run"], timeout_ms = 60_000): Check {
  return { id: "probe", purpose: "p", required: "r", remedy: "its remedy", timeout_ms, run };
}

async function rowsOf(checks: Check[], options = { signal }): Promise<SelfTestRow[]> {
  const rows: SelfTestRow[] = [];
  await runChecks(checks, options, (row) => rows.push(row));
  SelfTestReport.parse({ ok: true, rows });
  return rows;
}

Deno.test("whatever a check throws is its own failure, and the next one runs", async () => {
  const rows = await rowsOf([
    check(() => Promise.reject(new HorizonError("network", "gone", { fix: "its own fix" }))),
    check(() => {
      throw new TypeError("broken");
    }),
    check(() => Promise.reject("a text")),
    check(() => Promise.resolve(pass("fine"))),
  ]);
  assertEquals(rows.map(({ result, actual, remedy }) => [result, actual, remedy]), [
    ["fail", "gone", "its own fix"],
    ["fail", "broken", "its remedy"],
    ["fail", "a text", "its remedy"],
    ["pass", "fine", null],
  ]);
});

Deno.test("a check that never ends fails when its time is up, and is told to stop", async () => {
  const stopped = Promise.withResolvers<void>();
  const endless = check((signal) => {
    signal.addEventListener("abort", () => stopped.resolve());
    return new Promise(() => {});
  }, 20);
  const [row] = await rowsOf([endless]);
  assertEquals([row?.result, row?.actual], ["fail", "no end within 0.02 s"]);
  await stopped.promise;
});

Deno.test("an interrupt ends the check that runs, and no other begins", async () => {
  const controller = new AbortController();
  const began: number[] = [];
  const checks = [1, 2].map((i) =>
    check(() => {
      began.push(i);
      controller.abort();
      return new Promise(() => {});
    })
  );
  const error = await assertRejects(
    () => rowsOf(checks, { signal: controller.signal }),
    HorizonError,
  );
  assertEquals([error.code, began], ["interrupted", [1]]);
});

Deno.test("a finding of any text becomes one bounded line", async () => {
  const [long, odd, empty] = await rowsOf([
    check(() => Promise.resolve(pass("x".repeat(10_000)))),
    check(() => Promise.resolve(pass("a\u001b[2J\n\u202eb"))),
    check(() => Promise.resolve(pass(" \n "))),
  ]);
  assertEquals(long?.actual.length, LIMITS.text_chars);
  assertEquals([odd?.actual, empty?.actual], ["a·[2J ·b", "nothing"]);
});

/** The GPU's checks with a child that runs this program in the place of the probe. */
function probeOf(program: string): Check[] {
  return isolatedGpuChecks({ executable: Deno.execPath(), args: ["eval", program] });
}

Deno.test("a driver that ends the process is a row that says how, and keeps those before", async () => {
  const row = { id: "gpu_adapter", purpose: "p", required: "r", actual: "a", remedy: null };
  const rows = await rowsOf(probeOf(`
    console.log("a driver's own words");
    console.log('${JSON.stringify({ ...row, result: "pass" })}');
    console.error("driver: page fault");
    Deno.kill(Deno.pid, "SIGABRT");
    await new Promise(() => setTimeout(() => {}, 60_000));
  `));
  assertEquals(rows.map(({ result }) => result), ["pass", "fail", "fail", "fail"]);
  assertStringIncludes(rows[1]?.actual ?? "", "SIGABRT");
  assertStringIncludes(rows[1]?.actual ?? "", "driver: page fault");
});

Deno.test("a driver that hangs loses its process when the check's time is up", async () => {
  const checks = probeOf(`console.log("hung"); while (true) {}`)
    .map((check) => ({ ...check, timeout_ms: 300 }));
  const rows = await rowsOf(checks);
  assert(rows.every(({ result }) => result === "fail"));
  assertStringIncludes(rows[0]?.actual ?? "", "no end within");
  assertStringIncludes(rows[1]?.actual ?? "", "SIGKILL");
});

Deno.test("a probe that answers out of turn, or nonsense, is no pass", async () => {
  const row = { id: "gpu_f16", purpose: "p", required: "r", actual: "a", remedy: null };
  const out_of_turn = JSON.stringify({ ...row, result: "pass" });
  for (const line of [out_of_turn, "{", '{"id":"gpu_adapter"}']) {
    const rows = await rowsOf(probeOf(`console.log(${JSON.stringify(line)})`));
    assert(rows.every(({ result }) => result === "fail"), line);
  }
});

Deno.test("only what is beyond doubt counts against a clock", () => {
  const limit_ms = LIMITS.clock_skew_ms;
  const results = [
    { offset_ms: 0, error_ms: 5 },
    { offset_ms: -30_000, error_ms: 10 },
    { offset_ms: limit_ms + 20, error_ms: 10 },
    { offset_ms: -limit_ms - 20, error_ms: 10 },
    { offset_ms: limit_ms + 20, error_ms: 30 },
    { offset_ms: 6_000, error_ms: 2_000 },
  ].map((offset) => judgeOffset(offset).result);
  assertEquals(results, ["pass", "warn", "fail", "fail", "warn", "pass"]);
  assertStringIncludes(judgeOffset({ offset_ms: -1200, error_ms: 3 }).actual, "1200 ms behind");
});

Deno.test("versions are compared part by part", () => {
  assert(isAtLeast("2.7.11", [2, 7, 11]));
  assert(isAtLeast("2.10.0", [2, 7, 11]));
  assert(isAtLeast("3.0.0-rc.1", [2, 7, 11]));
  assert(!isAtLeast("2.7.9", [2, 7, 11]));
  assert(!isAtLeast("1.46.3", [2, 7, 11]));
});
