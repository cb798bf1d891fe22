import type { BlobName } from "./blob_names.ts";

/** One actor's copy of a blob. */
export interface BlobCopy {
  readonly size_bytes: number;
  keep_until_ms: number;
  /** When its actor last put it, asked for it or named it; of a start, the time of its file. */
  asked_at_ms: number;
  /** Until when a job that has ended keeps it. */
  artefact_until_ms: number;
}

/** Which blobs are here, and whose copies of them. */
export class BlobIndex {
  readonly #copies = new Map<string, Map<string, BlobCopy>>();

  /** True if anyone, or that actor, has a copy. */
  has(sha256: string, actor?: string): boolean {
    const copies = this.#copies.get(sha256);
    return copies !== undefined && (actor === undefined || copies.has(actor));
  }

  copy({ sha256, actor }: BlobName): BlobCopy | undefined {
    return this.#copies.get(sha256)?.get(actor);
  }

  /** Anyone's copy: all of them have the same bytes. */
  find(sha256: string): { actor: string; size_bytes: number } | undefined {
    for (const [actor, { size_bytes }] of this.#copies.get(sha256) ?? []) {
      return { actor, size_bytes };
    }
    return undefined;
  }

  /** Whose copies of a blob are here. */
  actors(sha256: string): string[] {
    return [...this.#copies.get(sha256)?.keys() ?? []];
  }

  add({ sha256, actor }: BlobName, copy: BlobCopy): void {
    const copies = this.#copies.get(sha256);
    if (copies === undefined) this.#copies.set(sha256, new Map([[actor, copy]]));
    else copies.set(actor, copy);
  }

  /** Takes a copy out, and gives it. */
  remove({ sha256, actor }: BlobName): BlobCopy | undefined {
    const copies = this.#copies.get(sha256);
    const copy = copies?.get(actor);
    copies?.delete(actor);
    if (copies?.size === 0) this.#copies.delete(sha256);
    return copy;
  }

  clear(): void {
    this.#copies.clear();
  }

  /** Every copy, those that come meanwhile included. */
  *copies(): Generator<BlobName & BlobCopy> {
    for (const [sha256, copies] of this.#copies) {
      for (const [actor, copy] of copies) yield { sha256, actor, ...copy };
    }
  }
}
