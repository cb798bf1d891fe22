import { createHash, type Hash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { HorizonError, messageOf } from "../base/errors.ts";
import { hashOfFile } from "../base/file_hash.ts";
import type { NamedBlob } from "../protocol/job.ts";

/** Characters of the hash in the name of a part: another blob's part is never taken for this one's. */
const HASH_CHARS = 16;

/**
 * A file that a blob grows in until it is whole, `.<name>.<hash>.part` beside its place: no job can have
 * an output of such a name. It stays where a transfer breaks.
 */
export class BlobFile implements AsyncDisposable {
  readonly blob: NamedBlob;
  readonly #path: string;
  readonly #part: string;
  readonly #file: Deno.FsFile;
  #hash: Hash;
  #length_bytes: number;
  #isOpen = true;

  private constructor(
    paths: { path: string; part: string },
    blob: NamedBlob,
    file: Deno.FsFile,
    there: { hash: Hash; size_bytes: number },
  ) {
    this.blob = blob;
    this.#path = paths.path;
    this.#part = paths.part;
    this.#file = file;
    this.#hash = there.hash;
    this.#length_bytes = there.size_bytes;
  }

  /** Goes on with what is there. Throws `forbidden` where there can be no such file. */
  static async open(path: string, blob: NamedBlob): Promise<BlobFile> {
    const name = `.${basename(path)}.${blob.sha256.slice(0, HASH_CHARS)}.part`;
    const part = join(dirname(path), name);
    return await writing(path, async () => {
      const found = await Deno.lstat(part).catch(() => null);
      if (found !== null && !found.isFile) throw new Error(`${part} is no file`);
      const file = await Deno.open(part, { read: true, write: true, create: true });
      try {
        const there = await hashOfFile(file);
        const opened = new BlobFile({ path, part }, blob, file, there);
        if (there.size_bytes > blob.size_bytes) await opened.restart();
        return opened;
      } catch (thrown) {
        file.close();
        throw thrown;
      }
    });
  }

  get length_bytes(): number {
    return this.#length_bytes;
  }

  /** Throws `blob_mismatch` for more than the blob has. */
  async append(chunk: Uint8Array): Promise<void> {
    if (this.#length_bytes + chunk.length > this.blob.size_bytes) {
      await this.restart();
      const message = `The registry sent more than the ${this.blob.size_bytes} bytes of the blob.`;
      throw new HorizonError("blob_mismatch", message);
    }
    await writing(this.#path, async () => {
      for (let done = 0; done < chunk.length;) done += await this.#file.write(chunk.subarray(done));
    });
    this.#hash.update(chunk);
    this.#length_bytes += chunk.length;
  }

  /** Forgets what is there. */
  async restart(): Promise<void> {
    await writing(this.#path, async () => {
      await this.#file.truncate(0);
      await this.#file.seek(0, Deno.SeekMode.Start);
    });
    this.#hash = createHash("sha256");
    this.#length_bytes = 0;
  }

  /** True if all of the blob is there. */
  hasHash(): boolean {
    return this.#length_bytes === this.blob.size_bytes &&
      this.#hash.copy().digest("hex") === this.blob.sha256;
  }

  /** Puts the whole file in its place. */
  async finish(): Promise<void> {
    this.#close();
    await writing(this.#path, () => Deno.rename(this.#part, this.#path));
  }

  /** Closes it; a part of nothing goes. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOpen) return;
    this.#close();
    if (this.#length_bytes === 0) await Deno.remove(this.#part).catch(() => undefined);
  }

  #close(): void {
    this.#isOpen = false;
    this.#file.close();
  }
}

async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const isFull = /ENOSPC|os error 28|EDQUOT|os error 122/.test(messageOf(cause));
    const code = isFull ? "disk_full" : "forbidden";
    throw new HorizonError(code, `${path} can't be written: ${messageOf(cause)}`, { cause });
  }
}
