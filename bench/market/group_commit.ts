import { sha256Hex } from "../../src/base/hash.ts";
import { identityOf, newSecret } from "../../src/base/identity.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import type { Checkpoint, Head } from "../../src/protocol/feed.ts";
import { EMPTY_HEAD } from "../../src/store/checkpoint.ts";
import { GroupCommitter } from "../../src/store/committer.ts";
import { Journal } from "../../src/store/journal.ts";
import { openJournalFile } from "../../src/store/store.ts";
import { type Figure, paired } from "../figure.ts";

/** Callers that each wait for their record to be durable before they send the next. */
const SUBMITTERS = 64;
const GROUP_RECORDS = 20_000;
const SINGLE_RECORDS = 2_000;
/** About what an event with its intent takes. */
const RECORD_BYTES = 800;
const ROUNDS = 5;

const node = identityOf(newSecret());
const record = crypto.getRandomValues(new Uint8Array(RECORD_BYTES));
const hash = sha256Hex(record);

async function sign(head: Head): Promise<Checkpoint> {
  const body = { ...head, node: node.id, epoch: 1 };
  const sig = await node.signAsync(canonicalBytes(body));
  return { ...body, sig: sig.toBase64({ alphabet: "base64url" }) };
}

/** Durable records a second of the group committer, checkpoints signed. */
async function grouped(journal: Journal): Promise<number> {
  const committer = new GroupCommitter(journal, sign);
  let { seq } = journal.head ?? EMPTY_HEAD;
  const end_seq = seq + GROUP_RECORDS;
  const submitter = async () => {
    while (seq < end_seq) await committer.submit([record], { seq: ++seq, hash });
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: SUBMITTERS }, submitter));
  return GROUP_RECORDS * 1_000 / (performance.now() - started);
}

/** Durable records a second where each has its own atomic. Nothing is signed: all the better for it. */
async function single(kv: Deno.Kv): Promise<number> {
  const started = performance.now();
  for (let i = 0; i < SINGLE_RECORDS; i++) await kv.atomic().set(["record", i], record).commit();
  return SINGLE_RECORDS * 1_000 / (performance.now() - started);
}

export const figure: Figure = {
  group: "market",
  name: "group commit, 64 submitters / one commit a record",
  unit: "records/s",
  aim: { op: ">=", value: 10 },
  async measure() {
    const folder = await Deno.makeTempDir({ prefix: "horizon-bench-" });
    const kv = await openJournalFile(`${folder}/journal.kv`);
    try {
      const journal = await Journal.open(kv);
      const { ours, against } = await paired(ROUNDS, () => grouped(journal), () => single(kv));
      return { ours, against, ratio: ours / against };
    } finally {
      kv.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
};
