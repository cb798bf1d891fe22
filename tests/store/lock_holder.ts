import { systemClock } from "../../src/base/clock.ts";
import { lockFolder } from "../../src/store/lock.ts";

/** Holds the lock of the folder in its argument until it is killed. */
if (import.meta.main) {
  const lock = await lockFolder(Deno.args[0] ?? "", { wait_ms: 0, clock: systemClock });
  console.log("held");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
  lock.release();
}
