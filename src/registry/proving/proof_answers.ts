import { sha256Hex } from "../../base/hash.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { makePrivateFolder, removeIfThere, writeDurably } from "../../store/durable_file.ts";
import { DISPUTE_SUFFIX, PROOF_SUFFIX } from "../../store/layout.ts";

/** The latest answer of a GPU's, or the latest that was no good. */
export type AnswerKind = "latest" | "disputed";

/** How many GPUs' answers of each kind are kept; what was written first goes first. */
const MOST: Readonly<Record<AnswerKind, number>> = {
  latest: LIMITS.latest_answers,
  disputed: LIMITS.disputed_answers,
};

/**
 * The latest answer of each GPU, so that anyone can check its proof again (DESIGN §4), and the latest
 * disputed one of those that had one last. Both are bounded: whoever registers many GPUs must not fill
 * the disk.
 */
export class ProofAnswers {
  readonly #folder: string;
  readonly #most: Readonly<Record<AnswerKind, number>>;
  /** Ids of the GPUs with an answer of each kind, the oldest first. */
  readonly #kept: Readonly<Record<AnswerKind, Set<string>>>;

  private constructor(
    folder: string,
    most: Readonly<Record<AnswerKind, number>>,
    kept: Readonly<Record<AnswerKind, Set<string>>>,
  ) {
    this.#folder = folder;
    this.#most = most;
    this.#kept = kept;
  }

  static async open(folder: string, most = MOST): Promise<ProofAnswers> {
    await makePrivateFolder(folder);
    const latest = new Set(await gpusIn(folder, PROOF_SUFFIX));
    return new ProofAnswers(folder, most, {
      latest,
      disputed: new Set(await gpusIn(folder, DISPUTE_SUFFIX)),
    });
  }

  /** Keeps an answer in the place of the GPU's last one of its kind. Throws `disk_full`. */
  async keep(gpu_id: string, answer: Uint8Array, kind: AnswerKind): Promise<void> {
    await writeDurably(this.#path(gpu_id, kind), [answer]);
    const kept = this.#kept[kind];
    kept.delete(gpu_id);
    kept.add(gpu_id);
    const [oldest] = kept;
    if (kept.size <= this.#most[kind] || oldest === undefined) return;
    kept.delete(oldest);
    await removeIfThere(this.#path(oldest, kind));
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
    this.#kept.latest.delete(gpu_id);
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

/** The GPUs with an answer of that kind, by its age. */
async function gpusIn(folder: string, suffix: string): Promise<string[]> {
  const found: { gpu_id: string; written_ms: number }[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile || !name.endsWith(suffix)) continue;
    const { mtime } = await Deno.stat(`${folder}/${name}`);
    found.push({ gpu_id: name.slice(0, -suffix.length), written_ms: mtime?.getTime() ?? 0 });
  }
  return found.sort((a, b) => a.written_ms - b.written_ms).map(({ gpu_id }) => gpu_id);
}
