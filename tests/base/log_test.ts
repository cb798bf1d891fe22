import { assert, assertEquals } from "@std/assert";
import {
  appendLog,
  clearLog,
  followLog,
  LOG_FILE_BYTES,
  LOG_OLD_FILES,
  type LogEntry,
  logFiles,
  tailLog,
} from "../../src/base/log.ts";
import { TemporaryFolder } from "./home.ts";

function entry(n: number, status = "ok"): LogEntry {
  return { at: new Date(n).toISOString(), level: "info", op: `op-${n}`, status };
}

Deno.test("the tail gives the last entries, oldest first, and half lines are passed over", async () => {
  await using home = new TemporaryFolder();
  assertEquals(await tailLog(home.path, 10), []);
  for (let n = 1; n <= 5; n++) await appendLog(home.path, entry(n));
  await Deno.writeTextFile(logFiles(home.path)[0] ?? "", '{"at":"20', { append: true });
  assertEquals((await tailLog(home.path, 2)).map(({ op }) => op), ["op-4", "op-5"]);
  assertEquals(await tailLog(home.path, 0), []);
  assertEquals((await tailLog(home.path, 100)).length, 5);
});

Deno.test("the log is private", async () => {
  await using home = new TemporaryFolder();
  const folder = `${home.path}/state`;
  await appendLog(folder, entry(1));
  assertEquals(((await Deno.stat(logFiles(folder)[0] ?? "")).mode ?? 0) & 0o777, 0o600);
});

Deno.test("a full file is turned over, so many old ones are kept, and the tail spans them", async () => {
  await using home = new TemporaryFolder();
  const [current = "", ...old] = logFiles(home.path);
  const full = LOG_OLD_FILES + 3;
  for (let n = 1; n <= full; n++) {
    await appendLog(home.path, entry(n));
    const padding = "x".repeat(LOG_FILE_BYTES) + "\n";
    await Deno.writeTextFile(current, padding, { append: true });
  }
  await appendLog(home.path, entry(full + 1));
  assertEquals([...Deno.readDirSync(home.path)].length, 1 + LOG_OLD_FILES);
  assert((await Deno.stat(current)).size < LOG_FILE_BYTES);
  assert((await Deno.stat(old.at(-1) ?? "")).size >= LOG_FILE_BYTES);
  const ops = (await tailLog(home.path, 100)).map(({ op }) => op);
  const kept = Array.from(
    { length: LOG_OLD_FILES + 1 },
    (_, i) => `op-${full - LOG_OLD_FILES + 1 + i}`,
  );
  assertEquals(ops, kept);
});

Deno.test("one entry can't fill the log", async () => {
  await using home = new TemporaryFolder();
  await appendLog(home.path, { ...entry(1), details: { text: "x".repeat(LOG_FILE_BYTES) } });
  assert((await Deno.stat(logFiles(home.path)[0] ?? "")).size < LOG_FILE_BYTES / 10);
  assertEquals((await tailLog(home.path, 1))[0]?.op, "op-1");
});

Deno.test("clearing removes every file", async () => {
  await using home = new TemporaryFolder();
  await appendLog(home.path, entry(1));
  await Deno.writeTextFile(logFiles(home.path)[2] ?? "", "old\n");
  assertEquals(await clearLog(home.path), 2);
  assertEquals(await clearLog(home.path), 0);
  assertEquals(await tailLog(home.path, 5), []);
});

Deno.test("following gives the tail, then each entry once, across a rotation, until the abort", async () => {
  await using home = new TemporaryFolder();
  const stop = new AbortController();
  await appendLog(home.path, entry(1));
  await appendLog(home.path, entry(2));
  const seen: string[] = [];
  const [current = ""] = logFiles(home.path);
  for await (const { op } of followLog(home.path, 1, stop.signal)) {
    seen.push(op);
    if (op === "op-2") await appendLog(home.path, entry(3));
    if (op === "op-3") {
      await Deno.rename(current, `${current}.1`);
      await appendLog(home.path, entry(4));
    }
    if (op === "op-4") stop.abort();
  }
  assertEquals(seen, ["op-2", "op-3", "op-4"]);
});
