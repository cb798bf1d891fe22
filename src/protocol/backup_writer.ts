import { createHash } from "node:crypto";
import { HorizonError } from "../base/errors.ts";
import { canonicalBytes } from "../base/json.ts";
import { BackupEnd, SECTION_WORD_BYTES, SectionHeader } from "./backup.ts";

/** The body of a section: bytes, or chunks that come to `size_bytes` together. */
export type SectionBody = Uint8Array | AsyncIterable<Uint8Array>;

/** Turns the parts of a backup into its bytes. */
export class BackupWriter {
  #sections = 0;
  readonly #hashes = createHash("sha256");

  /**
   * The bytes of a section, chunk by chunk. Throws `internal` where the body is shorter than its header
   * says; of a longer one, such as a log that grows, the rest is left out.
   */
  async *section(header: SectionHeader, body: SectionBody): AsyncGenerator<Uint8Array> {
    const head = headOf(header);
    const hash = createHash("sha256").update(head.subarray(SECTION_WORD_BYTES));
    yield head;
    let left = header.size_bytes;
    for await (const chunk of body instanceof Uint8Array ? [body] : body) {
      const part = chunk.subarray(0, left);
      hash.update(part);
      left -= part.length;
      yield part;
      if (left === 0) break;
    }
    if (left > 0) throw new HorizonError("internal", `A ${header.kind} ended too early.`);
    const digest = new Uint8Array(hash.digest());
    this.#hashes.update(digest);
    this.#sections++;
    yield digest;
  }

  /** A section whose body is a JSON document. */
  document(kind: "manifest" | "end", value: unknown): AsyncGenerator<Uint8Array> {
    const body = canonicalBytes(value);
    return this.section({ kind, size_bytes: body.length }, body);
  }

  /** The last section: it says what came before it. */
  end(): AsyncGenerator<Uint8Array> {
    const end: BackupEnd = { sections: this.#sections, sha256: this.#hashes.copy().digest("hex") };
    return this.document("end", end);
  }
}

function headOf(header: SectionHeader): Uint8Array {
  const json = canonicalBytes(SectionHeader.parse(header));
  const head = new Uint8Array(SECTION_WORD_BYTES + json.length);
  new DataView(head.buffer).setUint32(0, json.length, true);
  head.set(json, SECTION_WORD_BYTES);
  return head;
}
