import type { Checkpoint } from "./feed.ts";
import { HorizonError } from "../base/errors.ts";
import { LIMITS } from "./limits.ts";
import { SignedHead } from "./network.ts";

/** What one commit added to a feed: the texts of its events, and the checkpoint after them. */
export interface FeedBatch {
  /** RFC 8785 text of each event, in order: what its hash is of. */
  texts: string[];
  checkpoint: Checkpoint;
}

/** How the line of a checkpoint begins; no event does, since its first key is `at`. */
const CHECKPOINT_START = '{"checkpoint":';

/** The lines of a commit, each but the last with its newline: its events, then its checkpoint. */
export function batchLines({ texts, checkpoint }: FeedBatch): string {
  return [...texts, `${CHECKPOINT_START}${JSON.stringify(checkpoint)}}`].join("\n");
}

/** Puts lines together to commits again. One commit is bounded, whatever comes. */
export class BatchReader {
  #texts: string[] = [];
  #size_chars = 0;

  /** True between the commits, where a feed may end. */
  get isWhole(): boolean {
    return this.#texts.length === 0;
  }

  /** Takes the next line; the commit that it ends, if it does. Throws `bad_gateway`. */
  take(line: string): FeedBatch | null {
    if (line.startsWith(CHECKPOINT_START)) return this.#end(line);
    this.#size_chars += line.length;
    if (
      this.#size_chars > LIMITS.journal_batch_bytes ||
      this.#texts.length >= LIMITS.journal_batch_bytes / 16
    ) {
      throw garbage("a commit of its feed has no end");
    }
    this.#texts.push(line);
    return null;
  }

  #end(line: string): FeedBatch {
    const texts = this.#texts;
    if (texts.length === 0) throw garbage("a commit of its feed has no events");
    this.#texts = [];
    this.#size_chars = 0;
    return { texts, checkpoint: readCheckpoint(line) };
  }
}

function readCheckpoint(line: string): Checkpoint {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = null;
  }
  const given = typeof value === "object" && value !== null && "checkpoint" in value
    ? SignedHead.safeParse(value.checkpoint)
    : null;
  if (given?.success) return given.data;
  throw garbage("a checkpoint of its feed can't be read");
}

function garbage(why: string): HorizonError {
  return new HorizonError("bad_gateway", `The registry answered with garbage: ${why}.`);
}
