import { assert, assertEquals, assertRejects } from "@std/assert";
import { LOG_KINDS, type LogLine } from "../../src/protocol/api.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { JobLogs, type LogSelection } from "../../src/registry/job_logs.ts";
import { LogFile, type NumberedLine } from "../../src/registry/log_file.ts";
import { JOB_LOG_SUFFIX } from "../../src/store/layout.ts";
import { Random } from "../random.ts";

const JOB = "job_1";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function line(text: string, at = 0): LogLine {
  return { at, kind: "log", text };
}

async function textsOf(log: LogFile, after = 0): Promise<string[]> {
  const lines = await Array.fromAsync(log.lines(after));
  return lines.map(({ n, text }) => `${n} ${text}`);
}

/** What a selection means, over all the lines. */
function selected(lines: readonly NumberedLine[], selection: LogSelection): number[] {
  const { after, tail, since = 0, kinds = LOG_KINDS } = selection;
  const wanted = lines.filter(({ at, kind }) => at >= since && kinds.includes(kind));
  const last = tail === undefined ? wanted : tail === 0 ? [] : wanted.slice(-tail);
  return last.filter(({ n }) => n > after).map(({ n }) => n);
}

const random = Random.fresh();
Deno.test(`whatever is asked of a log, the lines are those of a plain filter (seed ${random.seed})`, () =>
  inFolder(async (folder) => {
    let logs = await JobLogs.open(folder);
    const written: NumberedLine[] = [];
    for (let batch = 0; batch < 40; batch++) {
      const lines = Array.from({ length: 1 + random.below(60) }, () => ({
        at: random.below(1000),
        kind: LOG_KINDS[random.below(4)] ?? "log",
        text: "ü".repeat(random.below(40)),
      }));
      await logs.append(JOB, lines);
      written.push(...lines.map((each, i) => ({ n: written.length + i + 1, ...each })));
      if (random.below(4) === 0) logs = await JobLogs.open(folder);
      const selection = {
        after: random.below(2) * random.below(written.length + 2),
        tail: random.below(2) === 0 ? undefined : random.below(300),
        since: random.below(2) === 0 ? undefined : random.below(1100),
        kinds: random.below(2) === 0 ? undefined : LOG_KINDS.slice(random.below(4)),
      };
      const numbers = (await logs.read(JOB, selection)).map(({ n }) => n);
      const expected = selected(written, selection).slice(0, LIMITS.page_max);
      assertEquals(numbers, expected, JSON.stringify(selection));
    }
  }));

Deno.test("a line that a crash has cut is passed over, and harms none after it", () =>
  inFolder(async (folder) => {
    const path = folder + "/log";
    await (await LogFile.open(path)).append([line("one"), line("two")]);
    await Deno.writeTextFile(path, '{"n":3,"at":0,"kind":"lo', { append: true });
    const again = await LogFile.open(path);
    assertEquals(again.count, 2);
    await again.append([line("three")]);
    await again.append([line("four")]);
    const expected = ["1 one", "2 two", "3 three", "4 four"];
    assertEquals(await textsOf(again), expected);
    assertEquals(await textsOf(await LogFile.open(path)), expected);
  }));

Deno.test("a write that fails is told, and the next one goes on from what is there", () =>
  inFolder(async (folder) => {
    const path = folder + "/log";
    const log = await LogFile.open(path);
    await log.append([line("one")]);
    await Deno.rename(path, path + "-away");
    await Deno.mkdir(path);
    await assertRejects(() => log.append([line("lost")]));
    await Deno.remove(path);
    await Deno.rename(path + "-away", path);
    await log.append([line("two")]);
    assertEquals(await textsOf(await LogFile.open(path)), ["1 one", "2 two"]);
  }));

Deno.test("a log takes lines up to its bound in bytes, and no more", () =>
  inFolder(async (folder) => {
    const path = folder + "/log";
    const log = await LogFile.open(path);
    const long = line("x".repeat(LIMITS.job_log_line_chars));
    const batch = Array(LIMITS.job_log_batch_lines).fill(long);
    let count = -1;
    while (log.count > count) {
      count = log.count;
      await log.append(batch);
    }
    const { size } = await Deno.stat(path);
    const row_bytes = JSON.stringify({ n: count, ...long }).length + 1;
    assert(size <= LIMITS.job_log_bytes && size > LIMITS.job_log_bytes - row_bytes, `${size}`);
    assertEquals((await Array.fromAsync(log.lines(count - 1))).map(({ n }) => n), [count]);
  }));

Deno.test("more logs than are remembered are each written as they should be", () =>
  inFolder(async (folder) => {
    const logs = await JobLogs.open(folder);
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 1_100; i++) await logs.append(`job_${i}`, [line(`${round}`)]);
    }
    assertEquals((await logs.read("job_7", { after: 0 })).map(({ n, text }) => [n, text]), [
      [1, "0"],
      [2, "1"],
    ]);
    assertEquals((await Deno.stat(`${folder}/job_7${JOB_LOG_SUFFIX}`)).isFile, true);
  }));
