import { assert, assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../src/base/clock.ts";
import { HorizonError } from "../../src/base/errors.ts";
import { lockFolder } from "../../src/store/lock.ts";
import { withFolder } from "./folder.ts";

const NOW = { wait_ms: 0, clock: systemClock };

Deno.test("a data folder has one holder, and the next one gets it when it is released", async () => {
  await withFolder(async (parent) => {
    const folder = `${parent}/data`;
    const first = await lockFolder(folder, NOW);
    const error = await assertRejects(() => lockFolder(folder, NOW), HorizonError);
    assertEquals(error.code, "folder_busy");
    assertEquals(error.message, `Another process holds the data folder ${folder}`);
    first.release();
    first.release();
    (await lockFolder(folder, NOW)).release();
  });
});

Deno.test("who waits for a data folder gets it as soon as its holder lets go", async () => {
  await withFolder(async (folder) => {
    const first = await lockFolder(folder, NOW);
    const waiting = lockFolder(folder, { wait_ms: 60_000, clock: systemClock });
    let done = false;
    const second = waiting.then((lock) => {
      done = true;
      return lock;
    });
    await assertRejects(() => lockFolder(folder, NOW), HorizonError);
    assert(!done);
    first.release();
    (await second).release();
  });
});

Deno.test("a data folder is closed to others, also one that was open before", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await withFolder(async (folder) => {
    await Deno.chmod(folder, 0o755);
    const lock = await lockFolder(folder, NOW);
    assertEquals(((await Deno.stat(folder)).mode ?? 0) & 0o777, 0o700);
    assertEquals(((await Deno.stat(`${folder}/lock`)).mode ?? 0) & 0o777, 0o600);
    lock.release();
  });
});

Deno.test("the lock of a killed process is free, whatever it left behind", async () => {
  await withFolder(async (folder) => {
    const holder = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", new URL("./lock_holder.ts", import.meta.url).pathname, folder],
      stdout: "piped",
    }).spawn();
    const reader = holder.stdout.getReader();
    assertEquals(new TextDecoder().decode((await reader.read()).value), "held\n");
    await assertRejects(() => lockFolder(folder, NOW), HorizonError);
    holder.kill("SIGKILL");
    await holder.status;
    await reader.cancel();
    (await lockFolder(folder, NOW)).release();
  });
});
