import * as z from "zod";
import { HorizonError } from "../base/errors.ts";
import { BidSalt } from "../protocol/auction.ts";
import { ActorId, PriceMicrosPerHour } from "../protocol/text.ts";
import { diskError } from "../store/disk_error.ts";
import { FILE_MODE, removeIfThere, writeAll } from "../store/durable_file.ts";
import { syncFolder } from "../base/platform.ts";

/** The opening of a bid that its bidder has told the registry alone. */
export const SealedOpening = z.strictObject({
  bidder: ActorId,
  price_micros_per_hour: PriceMicrosPerHour,
  salt: BidSalt,
});
export type SealedOpening = z.infer<typeof SealedOpening>;

const NEWLINE = 0x0a;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The openings of one auction: a file of JSON lines, which are written and made durable in groups. */
export class OpeningFile {
  readonly #path: string;
  #size_bytes: number;
  #waiting: string[] = [];
  #written: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;

  private constructor(path: string, size_bytes: number) {
    this.#path = path;
    this.#size_bytes = size_bytes;
  }

  /** A file that is made by its first line. */
  static fresh(path: string): OpeningFile {
    return new OpeningFile(path, 0);
  }

  /** A file and its lines; one that a crash has cut was never acknowledged. Throws `data_corrupt`. */
  static async load(path: string): Promise<{ file: OpeningFile; openings: SealedOpening[] }> {
    const bytes = await Deno.readFile(path);
    const size_bytes = bytes.lastIndexOf(NEWLINE) + 1;
    const lines = decoder.decode(bytes.subarray(0, size_bytes)).split("\n").slice(0, -1);
    try {
      const openings = lines.map((line) => SealedOpening.parse(JSON.parse(line)));
      return { file: new OpeningFile(path, size_bytes), openings };
    } catch {
      // What the parser says may quote the line, and with it a price.
      throw new HorizonError("data_corrupt", `The sealed bids in ${path} can't be read`, {
        fix: "Restore the file from a backup; without it those bids are dropped.",
      });
    }
  }

  /** Adds an opening; resolves once it is durable. Throws `disk_full`. */
  append(opening: SealedOpening): Promise<void> {
    this.#waiting.push(JSON.stringify(opening) + "\n");
    this.#next ??= this.#written = this.#written.catch(() => undefined).then(() => {
      this.#next = null;
      const lines = this.#waiting;
      this.#waiting = [];
      return this.#write(encoder.encode(lines.join("")));
    });
    return this.#next;
  }

  /** Removes the file after all that is being written. */
  async remove(): Promise<void> {
    await this.#written.catch(() => undefined);
    await removeIfThere(this.#path);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      using file = await Deno.open(this.#path, { write: true, create: true, mode: FILE_MODE });
      // Whatever a crash or a full disk left after the last durable line is written over.
      await file.truncate(this.#size_bytes);
      await file.seek(this.#size_bytes, Deno.SeekMode.Start);
      await writeAll(file, bytes);
      await file.sync();
      if (this.#size_bytes === 0) {
        await syncFolder(this.#path.slice(0, this.#path.lastIndexOf("/")));
      }
      this.#size_bytes += bytes.length;
    } catch (cause) {
      throw diskError(cause, "keeping a sealed bid");
    }
  }
}
