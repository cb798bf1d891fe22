import { evidenceId } from "../protocol/evidence.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { Evidence, EvidencePage } from "../protocol/network.ts";
import type { FederationFiles } from "./files.ts";

/** The evidence against nodes that have lied: kept for good, and passed on to whoever asks. */
export class EvidenceLocker {
  readonly #files: FederationFiles;
  readonly #kept = new Map<string, Evidence>();
  readonly #writing = new Set<Promise<void>>();

  private constructor(files: FederationFiles) {
    this.#files = files;
  }

  static async open(files: FederationFiles): Promise<EvidenceLocker> {
    const locker = new EvidenceLocker(files);
    for (const evidence of await files.readEvidence()) {
      locker.#kept.set(evidenceId(evidence), evidence);
    }
    return locker;
  }

  /** Newest first. */
  get ids(): string[] {
    return [...this.#kept.keys()].reverse();
  }

  has(id: string): boolean {
    return this.#kept.has(id);
  }

  /** The first evidence against a node, if there is any. */
  against(node_id: string): Evidence | undefined {
    return this.#kept.values().find(({ node }) => node === node_id);
  }

  /** Keeps what was checked; one piece a node and kind is enough. */
  async keep(evidence: Evidence): Promise<void> {
    const id = evidenceId(evidence);
    const isKnown = this.#kept.values().some(({ node, kind }) =>
      node === evidence.node && kind === evidence.kind
    );
    if (isKnown || this.#kept.size >= LIMITS.evidence_kept) return;
    this.#kept.set(id, evidence);
    const written = this.#files.writeEvidence(evidence);
    this.#writing.add(written);
    await written.finally(() => this.#writing.delete(written));
  }

  /** Resolves once all that was kept is on the disk, or was refused by it. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#writing);
  }

  page(): EvidencePage {
    const evidence = [...this.#kept].map(([id, evidence]) => ({ id, evidence }));
    return { evidence: evidence.reverse() };
  }
}
