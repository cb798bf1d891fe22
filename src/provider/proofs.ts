import { messageOf } from "../base/errors.ts";
import type { PollAnswer } from "../protocol/api.ts";
import type { ProviderOptions } from "./daemon.ts";
import type { ProviderEvent } from "./events.ts";

type Wanted = PollAnswer["challenges"][number];

/** The proofs under way: at most one on each GPU, and never beside a job on it. */
export class Proofs {
  readonly #options: ProviderOptions;
  readonly #running = new Map<string, Promise<void>>();

  constructor(options: ProviderOptions) {
    this.#options = options;
  }

  /** True if the GPU is being proven. */
  isProving(gpu_id: string): boolean {
    return this.#running.has(gpu_id);
  }

  /** Proves a free GPU, because the registry asks for it. */
  start(wanted: Wanted): void {
    const running = this.#prove(wanted).finally(() => this.#running.delete(wanted.gpu_id));
    this.#running.set(wanted.gpu_id, running);
  }

  /** Resolves when the next of the proofs is over. */
  async freed(): Promise<void> {
    await Promise.race(this.#running.values());
  }

  /** Waits for those under way, for so long at most: one that is broken off has failed. */
  async finish(wait_ms: number): Promise<void> {
    if (this.#running.size === 0) return;
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, wait_ms);
    await Promise.race([Promise.all(this.#running.values()), late.promise]);
    clearTimeout(timer);
  }

  /** Never throws. */
  async #prove({ gpu_id, reason }: Wanted): Promise<void> {
    const { client } = this.#options;
    this.#tell("info", "proof_started", gpu_id, `is to be proven (${reason})`, reason);
    try {
      const prove = this.#options.prove ?? (await import("./register.ts")).proveAgain;
      const { verdict, listed } = await prove(client, gpu_id, () => {});
      const level = listed ? "info" : "warn";
      const message = `${verdict.verdict}: ${verdict.reason}`;
      this.#tell(level, "proof_ended", gpu_id, message, verdict.verdict);
    } catch (thrown) {
      this.#tell("warn", "proof_dropped", gpu_id, `not proven: ${messageOf(thrown)}`);
    }
  }

  #tell(
    level: ProviderEvent["level"],
    event: "proof_started" | "proof_ended" | "proof_dropped",
    gpu_id: string,
    message: string,
    reason?: string,
  ): void {
    const told = { level, event, message: `${gpu_id}: ${message}`, gpu_id };
    this.#options.log(reason === undefined ? told : { ...told, reason });
  }
}
