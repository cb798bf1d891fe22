import { HorizonError } from "../base/errors.ts";

/** How much a blob store may hold, in all and for one actor. */
export interface BlobQuota {
  total_bytes: number;
  per_actor_bytes: number;
}

/** A file takes whole blocks, so an actor can't fill the disk with empty blobs. */
const BLOCK_BYTES = 4096;

/** What a blob of this size takes on disk. */
export function spaceOf(size_bytes: number): number {
  return Math.max(1, Math.ceil(size_bytes / BLOCK_BYTES)) * BLOCK_BYTES;
}

/** Space in use, in all and by actor. Uploads that run count too, so that together they can't overshoot. */
export class BlobUsage {
  readonly #quota: BlobQuota;
  readonly #byActor = new Map<string, number>();
  #total_bytes = 0;

  constructor(quota: BlobQuota) {
    this.#quota = quota;
  }

  /** Space in use by an actor, or by all. */
  bytes(actor?: string): number {
    return actor === undefined ? this.#total_bytes : this.#byActor.get(actor) ?? 0;
  }

  /** Takes space for an actor, or throws `blob_quota` and takes none. */
  take(actor: string, space_bytes: number): void {
    this.check(actor, space_bytes);
    this.#set(actor, this.bytes(actor) + space_bytes, space_bytes);
  }

  /** Counts what lies on disk already, whatever the quota. */
  count(actor: string, space_bytes: number): void {
    this.#set(actor, this.bytes(actor) + space_bytes, space_bytes);
  }

  /** Gives space back. */
  free(actor: string, space_bytes: number): void {
    this.#set(actor, this.bytes(actor) - space_bytes, -space_bytes);
  }

  /** Throws `blob_quota` if so much more would not fit; takes nothing. */
  check(actor: string, space_bytes: number): void {
    const { per_actor_bytes, total_bytes } = this.#quota;
    if (this.bytes(actor) + space_bytes > per_actor_bytes) throw over("your", per_actor_bytes);
    if (this.#total_bytes + space_bytes > total_bytes) throw over("the registry's", total_bytes);
  }

  /** Forgets all that was counted. */
  clear(): void {
    this.#byActor.clear();
    this.#total_bytes = 0;
  }

  #set(actor: string, actor_bytes: number, change_bytes: number): void {
    this.#total_bytes += change_bytes;
    if (actor_bytes === 0) this.#byActor.delete(actor);
    else this.#byActor.set(actor, actor_bytes);
  }
}

function over(whose: string, quota_bytes: number): HorizonError {
  const message = `The blob does not fit ${whose} quota of ${quota_bytes} bytes`;
  return new HorizonError("blob_quota", message, { details: { quota_bytes } });
}
