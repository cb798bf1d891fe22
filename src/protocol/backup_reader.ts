import { createHash } from "node:crypto";
import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import type * as z from "zod";
import { HorizonError } from "../base/errors.ts";
import {
  BACKUP_MAGIC,
  BackupEnd,
  backupInvalid,
  SECTION_HASH_BYTES,
  SECTION_WORD_BYTES,
  SectionHeader,
} from "./backup.ts";
import { LIMITS } from "./limits.ts";

/** A section that is being read. Its body is right only once its last chunk has come. */
export interface Section {
  header: SectionHeader;
  /** Where it begins in the file, and what it is: for errors. */
  place: string;
  /** Its chunks; read them to the end before the next section. Throws `backup_invalid`. */
  body: AsyncGenerator<Uint8Array<ArrayBuffer>>;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Reads a backup, or the part of it that a registry sends, section by section. */
export class BackupReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();
  #offset = 0;
  #sections = 0;
  readonly #hashes = createHash("sha256");

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** Reads the magic line. Throws `backup_invalid` for any other file. */
  async begin(): Promise<void> {
    const start = await this.#exactly(BACKUP_MAGIC.length, "its beginning");
    const text = String.fromCharCode(...start);
    if (text !== BACKUP_MAGIC) throw backupInvalid("it is not a backup of Horizon's");
  }

  /** The next section. Throws `backup_invalid` where there is none. */
  async next(): Promise<Section> {
    const at = `at byte ${this.#offset}`;
    const word = await this.#exactly(SECTION_WORD_BYTES, at);
    const size = new DataView(word.buffer, word.byteOffset).getUint32(0, true);
    if (size > LIMITS.backup_header_bytes) throw backupInvalid(`${at} is no section`);
    const json = await this.#exactly(size, at);
    const header = parse(SectionHeader, json, `the section ${at}`);
    const place = `${header.kind} ${at}`;
    return { header, place, body: this.#body(header, json, place) };
  }

  /** The whole body of a small section. */
  async whole({ header, place, body }: Section): Promise<Uint8Array<ArrayBuffer>> {
    const whole = new Uint8Array(header.size_bytes);
    let offset = 0;
    for await (const chunk of body) {
      whole.set(chunk, offset);
      offset += chunk.length;
    }
    if (offset !== whole.length) throw backupInvalid(`${place} is cut off`);
    return whole;
  }

  /** The document that a section's body is. */
  async document<T extends z.ZodType>(section: Section, schema: T): Promise<z.infer<T>> {
    return parse(schema, await this.whole(section), section.place);
  }

  /** Reads the last section, and that nothing follows it. Returns how many came before. */
  async end(section: Section): Promise<number> {
    const [sections, sha256] = [this.#sections, this.#hashes.copy().digest("hex")];
    const end = await this.document(section, BackupEnd);
    if (end.sections !== sections || end.sha256 !== sha256) {
      throw backupInvalid(`${section.place} tells of other sections than those before it`);
    }
    const more = await this.#some(1);
    if (more !== null) {
      throw backupInvalid(`something follows its end, at byte ${this.#offset - 1}`);
    }
    return sections;
  }

  /** Lets the source go. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async *#body(
    header: SectionHeader,
    json: Uint8Array,
    place: string,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const hash = createHash("sha256").update(json);
    for (let left = header.size_bytes; left > 0;) {
      const chunk = await this.#some(left);
      if (chunk === null) throw backupInvalid(`${place} is cut off`);
      hash.update(chunk);
      left -= chunk.length;
      yield chunk.slice();
    }
    const digest = new Uint8Array(hash.digest());
    if (!timingSafeEqual(digest, await this.#exactly(SECTION_HASH_BYTES, place))) {
      throw backupInvalid(`the bytes of ${place} don't have their hash`);
    }
    if (header.kind === "key") return;
    this.#sections++;
    this.#hashes.update(digest);
  }

  /** The next bytes, at most `max`; null at the end of the file. */
  async #some(max: number): Promise<Uint8Array | null> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return null;
      this.#rest = value;
    }
    const taken = this.#rest.subarray(0, max);
    this.#rest = this.#rest.subarray(taken.length);
    this.#offset += taken.length;
    return taken;
  }

  async #exactly(count: number, place: string): Promise<Uint8Array<ArrayBuffer>> {
    const whole = new Uint8Array(count);
    for (let offset = 0; offset < count;) {
      const part = await this.#some(count - offset);
      if (part === null) throw backupInvalid(`it is cut off: ${place} is not complete`);
      whole.set(part, offset);
      offset += part.length;
    }
    return whole;
  }
}

function parse<T extends z.ZodType>(schema: T, bytes: Uint8Array, place: string): z.infer<T> {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    throw backupInvalid(`${place} can't be read`, cause);
  }
  const version = typeof value === "object" && value !== null && "version" in value
    ? value.version
    : undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  if (typeof version === "number" && version > 1) {
    throw new HorizonError("unsupported_version", `The backup has version ${version}.`, {
      fix: "Use the version of horizon that wrote it, or a newer one.",
    });
  }
  throw backupInvalid(`${place} says what can't be: ${parsed.error.issues[0]?.message}`);
}
