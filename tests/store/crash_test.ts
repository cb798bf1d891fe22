import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { TextLineStream } from "@std/streams/text-line-stream";
import { systemClock } from "../../src/base/clock.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import { EMPTY_HEAD } from "../../src/store/checkpoint.ts";
import { replay } from "../../src/store/replay.ts";
import { openStore } from "../../src/store/store.ts";
import { paddingOf } from "./appender.ts";
import { eventAfter, headOf } from "./feed.ts";
import { withFolder } from "./folder.ts";
import { Random } from "../random.ts";
import { onSmallDisk } from "./small_disk.ts";

const APPENDER = ["run", "-A", new URL("./appender.ts", import.meta.url).pathname];

/** Runs the appender until it ends or `enough` says so of the last durable seq, and returns its lines. */
async function append(
  command: Deno.Command,
  enough: (seq: number) => boolean,
): Promise<{ durable_seq: number; last: string }> {
  const process = command.spawn();
  const lines = process.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TextLineStream(),
  );
  let durable_seq = 0;
  let last = "";
  let killed = false;
  for await (const line of lines) {
    last = line;
    const seq = Number(line);
    if (Number.isInteger(seq)) durable_seq = Math.max(durable_seq, seq);
    if (!killed && enough(durable_seq)) {
      process.kill("SIGKILL");
      killed = true;
    }
  }
  await process.status;
  return { durable_seq, last };
}

/** Opens what the appender left: every event is the one that it must be. Returns the last seq. */
async function assertWhole(folder: string): Promise<number> {
  const store = await openStore(folder, { clock: systemClock });
  let head = EMPTY_HEAD;
  const last = await replay(store.journal, EMPTY_HEAD, (event) => {
    const bytes = canonicalBytes(event);
    assertEquals(bytes, canonicalBytes(eventAfter(head, paddingOf(head.seq + 1))));
    head = headOf(head.seq + 1, bytes);
  });
  assertEquals(last, head);
  await store.close();
  return last.seq;
}

Deno.test("kill -9 under load loses no acknowledged event, round after round", async () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  await withFolder(async (folder) => {
    let reached = 0;
    for (let round = 0; round < 5; round++) {
      const target = reached + 1 + random.below(1_500);
      const command = new Deno.Command(Deno.execPath(), {
        args: [...APPENDER, folder],
        stdout: "piped",
      });
      const { durable_seq } = await append(command, (seq) => seq >= target);
      assertGreaterOrEqual(durable_seq, target);
      reached = await assertWhole(folder);
      assertGreaterOrEqual(reached, durable_seq);
    }
  });
});

Deno.test("a full disk ends the committer with disk_full and loses nothing acknowledged", async (t) => {
  await withFolder(async (folder) => {
    const disk = `${folder}/disk`;
    await Deno.mkdir(disk);
    await onSmallDisk(t, disk, async () => {
      const { durable_seq, last } = await append(
        new Deno.Command(Deno.execPath(), { args: [...APPENDER, `${disk}/data`], stdout: "piped" }),
        () => false,
      );
      assertEquals(last, "disk_full");
      assert(durable_seq > 0);
      assertGreaterOrEqual(await assertWhole(`${disk}/data`), durable_seq);
    });
  });
});

Deno.test("a file that may not grow ends the committer cleanly and loses nothing acknowledged", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await withFolder(async (folder) => {
    const script = `trap '' XFSZ; ulimit -f 4096; exec "$0" "$@"`;
    const command = new Deno.Command("sh", {
      args: ["-c", script, Deno.execPath(), ...APPENDER, folder],
      stdout: "piped",
    });
    const { durable_seq, last } = await append(command, () => false);
    assert(["disk_full", "internal"].includes(last), last);
    assert(durable_seq > 0);
    assertGreaterOrEqual(await assertWhole(folder), durable_seq);
  });
});
