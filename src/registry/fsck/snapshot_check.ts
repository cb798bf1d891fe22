import { HorizonError } from "../../base/errors.ts";
import { sha256Hex } from "../../base/hash.ts";
import type { Head } from "../../protocol/feed.ts";
import { readSnapshot, snapshotNames } from "../../store/snapshots.ts";
import type { StateAt } from "./feed_check.ts";
import type { Findings } from "./findings.ts";

/** A snapshot file that is whole: what it says it is of, and the hash of its state. */
export interface FoundSnapshot {
  name: string;
  head: Head;
  state_sha256: string;
}

/** The whole snapshots of a folder; the others are findings. */
export async function findSnapshots(folder: string, findings: Findings): Promise<FoundSnapshot[]> {
  const found: FoundSnapshot[] = [];
  for (const name of await snapshotNames(folder)) {
    try {
      const { head, state } = await readSnapshot(`${folder}/${name}`);
      found.push({ name, head, state_sha256: sha256Hex(state) });
    } catch (thrown) {
      if (!(thrown instanceof HorizonError)) throw thrown;
      findings.wrong("snapshots", thrown.message);
    }
  }
  return found;
}

/** Compares each snapshot with the state that the feed comes to at its event. */
export function compareSnapshots(
  snapshots: readonly FoundSnapshot[],
  at: ReadonlyMap<number, StateAt>,
  findings: Findings,
): void {
  for (const { name, head, state_sha256 } of snapshots) {
    const replayed = at.get(head.seq);
    if (replayed === undefined) {
      const detail = `${name} can't be compared: the feed could not be decided up to its event`;
      findings.wrong("snapshots", detail, head.seq);
    } else if (replayed.hash !== head.hash) {
      findings.wrong("snapshots", `${name} is of another event ${head.seq}`, head.seq);
    } else if (replayed.state_sha256 !== state_sha256) {
      findings.wrong("snapshots", `${name} holds another state than the replay`, head.seq);
    }
  }
  const right = snapshots.length === 0
    ? "there are none; the feed is replayed"
    : `${snapshots.length} equal the replay`;
  findings.end("snapshots", right);
}
