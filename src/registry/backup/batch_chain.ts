import { sha256Hex } from "../../base/hash.ts";
import { canonicalBytes } from "../../base/json.ts";
import { checkSignature } from "../../base/signatures.ts";
import type { Checkpoint, Head } from "../../protocol/feed.ts";
import type { Batch } from "../../store/batch.ts";
import { EMPTY_HEAD } from "../../store/checkpoint.ts";

/** What is wrong with a feed on disk. */
export interface ChainProblem {
  check: "chain" | "checkpoints";
  seq: number;
  detail: string;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Follows a feed, commit by commit: its seqs, its hashes, and the checkpoints that the node signed. */
export class BatchChain {
  readonly #node_id: string;
  #head: Head = EMPTY_HEAD;
  #epoch = 1;

  constructor(node_id: string) {
    this.#node_id = node_id;
  }

  /** The last event that was followed. */
  get head(): Head {
    return this.#head;
  }

  /** The next commit; what is wrong with it. It goes on from there whatever is found. */
  async follow({ first_seq, records, checkpoint }: Batch): Promise<ChainProblem[]> {
    const problems: ChainProblem[] = [];
    let { seq, hash } = this.#head;
    if (first_seq !== seq + 1) {
      const detail = `events ${seq + 1} to ${first_seq - 1} are missing`;
      problems.push({ check: "chain", seq: seq + 1, detail });
    }
    seq = first_seq - 1;
    for (const record of records) {
      seq++;
      const why = objection(record, seq, hash);
      if (why !== null) problems.push({ check: "chain", seq, detail: why });
      hash = sha256Hex(record);
    }
    this.#head = { seq, hash };
    if (checkpoint.seq !== seq || checkpoint.hash !== hash) {
      const detail = "the hash of the event is not the one of the checkpoint after it";
      problems.push({ check: "chain", seq, detail });
    }
    const why = await this.#objection(checkpoint);
    if (why !== null) problems.push({ check: "checkpoints", seq, detail: why });
    return problems;
  }

  async #objection({ sig, ...signed }: Checkpoint): Promise<string | null> {
    if (signed.node !== this.#node_id) return "the checkpoint is of another node";
    if (signed.epoch < this.#epoch) return "the checkpoint is of an epoch that had ended";
    this.#epoch = signed.epoch;
    const { seq, hash, node, epoch } = signed;
    const bytes = canonicalBytes({ seq, hash, node, epoch });
    const verdict = await checkSignature({ actor: this.#node_id, sig, bytes });
    return verdict === "valid" ? null : "the checkpoint is not signed by the registry";
  }
}

function objection(record: Uint8Array, seq: number, prev: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(record));
  } catch {
    return "its bytes are not JSON";
  }
  if (typeof value !== "object" || value === null) return "its bytes are not an event";
  const given = "seq" in value ? value.seq : undefined;
  if (given !== seq) return `in its place lies event ${String(given)}`;
  const is = "prev" in value ? value.prev : undefined;
  return is === prev
    ? null
    : `its prev is not the hash of event ${seq - 1}: one of the two was changed`;
}
