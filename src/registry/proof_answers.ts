import { makePrivateFolder, removeIfThere, writeDurably } from "../store/durable_file.ts";
import { PROOF_SUFFIX } from "../store/layout.ts";

/** The latest answer of each GPU, so that anyone can check its proof again (DESIGN §4). */
export class ProofAnswers {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<ProofAnswers> {
    await makePrivateFolder(folder);
    return new ProofAnswers(folder);
  }

  /** Keeps an answer in the place of the GPU's last one. Throws `disk_full`. */
  async keep(gpu_id: string, answer: Uint8Array): Promise<void> {
    await writeDurably(this.#path(gpu_id), [answer]);
  }

  /** Forgets a GPU's answer; one that is not there is fine. */
  async forget(gpu_id: string): Promise<void> {
    await removeIfThere(this.#path(gpu_id));
  }

  /** A GPU id is a safe name: letters, digits, '.', '_' and '-', and no dot in front. */
  #path(gpu_id: string): string {
    return `${this.#folder}/${gpu_id}${PROOF_SUFFIX}`;
  }
}
