import { systemClock } from "../../src/base/clock.ts";
import { HorizonError } from "../../src/base/errors.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import { EMPTY_HEAD } from "../../src/store/checkpoint.ts";
import { openStore } from "../../src/store/store.ts";
import { eventAfter, headOf, sign } from "./feed.ts";

/** Padding of event `seq`: anyone can tell what the event must be. */
export function paddingOf(seq: number): number {
  return (seq * 7919) % 3_000;
}

/** Events that wait for the disk at a time. */
const CONCURRENT = 32;

/**
 * Appends events to the data folder in its argument, many at a time, and prints the seq of each that
 * is durable. Ends only by being killed, or with the error of the disk: its code is the last line.
 */
async function append(folder: string): Promise<void> {
  const store = await openStore(folder, { clock: systemClock });
  const committer = store.committer(sign);
  let head = store.journal.head ?? EMPTY_HEAD;
  const submitter = async () => {
    for (;;) {
      const record = canonicalBytes(eventAfter(head, paddingOf(head.seq + 1)));
      head = headOf(head.seq + 1, record);
      const { seq } = head;
      await committer.submit([record], head);
      console.log(seq);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: CONCURRENT }, submitter));
  const [end] = ends;
  const error = end?.status === "rejected" ? end.reason : null;
  console.log(error instanceof HorizonError ? error.code : String(error));
  await store.close();
}

if (import.meta.main) await append(Deno.args[0] ?? "");
