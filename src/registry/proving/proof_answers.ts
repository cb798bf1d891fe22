import { sha256Hex } from "../../base/hash.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { makePrivateFolder, removeIfThere, writeDurably } from "../../store/durable_file.ts";
import { DISPUTE_SUFFIX, PROOF_SUFFIX } from "../../store/layout.ts";

/** The latest answer of a GPU's, or the latest that was no good. */
export type AnswerKind = "latest" | "disputed";

/**
 * The latest answer of each GPU, so that anyone can check its proof again (DESIGN §4), and the latest
 * disputed one of those that had one last.
 */
export class ProofAnswers {
  readonly #folder: string;
  /** Ids of the GPUs with a disputed answer, the oldest first. */
  readonly #disputed: Set<string>;

  private constructor(folder: string, disputed: Iterable<string>) {
    this.#folder = folder;
    this.#disputed = new Set(disputed);
  }

  static async open(folder: string): Promise<ProofAnswers> {
    await makePrivateFolder(folder);
    return new ProofAnswers(folder, await disputedIn(folder));
  }

  /** Keeps an answer in the place of the GPU's last one of its kind. Throws `disk_full`. */
  async keep(gpu_id: string, answer: Uint8Array, kind: AnswerKind): Promise<void> {
    await writeDurably(this.#path(gpu_id, kind), [answer]);
    if (kind === "latest") return;
    this.#disputed.delete(gpu_id);
    this.#disputed.add(gpu_id);
    const [oldest] = this.#disputed;
    if (this.#disputed.size <= LIMITS.disputed_answers || oldest === undefined) return;
    this.#disputed.delete(oldest);
    await removeIfThere(this.#path(oldest, "disputed"));
  }

  /** The kept answer with that hash, or null. */
  async read(gpu_id: string, sha256: string): Promise<Uint8Array<ArrayBuffer> | null> {
    for (const kind of ["latest", "disputed"] as const) {
      const bytes = await this.#bytes(gpu_id, kind);
      if (bytes !== null && sha256Hex(bytes) === sha256) return bytes;
    }
    return null;
  }

  /** Forgets a GPU's latest answer; one that is not there is fine. A disputed one stays. */
  async forget(gpu_id: string): Promise<void> {
    await removeIfThere(this.#path(gpu_id, "latest"));
  }

  async #bytes(gpu_id: string, kind: AnswerKind): Promise<Uint8Array<ArrayBuffer> | null> {
    try {
      return await Deno.readFile(this.#path(gpu_id, kind));
    } catch (thrown) {
      if (thrown instanceof Deno.errors.NotFound) return null;
      throw thrown;
    }
  }

  /** A GPU id is a safe name: letters, digits, '.', '_' and '-', and no dot in front. */
  #path(gpu_id: string, kind: AnswerKind): string {
    return `${this.#folder}/${gpu_id}${kind === "latest" ? PROOF_SUFFIX : DISPUTE_SUFFIX}`;
  }
}

/** The GPUs with a disputed answer, by its age. */
async function disputedIn(folder: string): Promise<string[]> {
  const found: { gpu_id: string; written_ms: number }[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile || !name.endsWith(DISPUTE_SUFFIX)) continue;
    const { mtime } = await Deno.stat(`${folder}/${name}`);
    const gpu_id = name.slice(0, -DISPUTE_SUFFIX.length);
    found.push({ gpu_id, written_ms: mtime?.getTime() ?? 0 });
  }
  return found.sort((a, b) => a.written_ms - b.written_ms).map(({ gpu_id }) => gpu_id);
}
