import { HorizonError } from "../../base/errors.ts";
import type { ProofOutcome } from "../../proof/outcome.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { WorkerRole } from "../workers.ts";
import type { ProofChecker, ProofToCheck } from "./proof_worker.ts";

type Role = WorkerRole<ProofToCheck, ProofOutcome>;

/**
 * Workers that check proofs, one each at a time, and those that wait for one. A Worker starts with its
 * first proof. There are fewer of them than cores, so that the other requests keep theirs.
 */
export class VerifyPool implements ProofChecker {
  readonly #roles: readonly Role[];
  readonly #idle: Role[];
  readonly #waiting: ((role: Role) => void)[] = [];

  constructor(main_url: string, size: number, onDeath: (reason: string) => void) {
    this.#roles = Array.from(
      { length: size },
      () => new WorkerRole<ProofToCheck, ProofOutcome>(main_url, "verify", onDeath),
    );
    this.#idle = [...this.#roles];
  }

  async check(proof: ProofToCheck): Promise<ProofOutcome> {
    const role = await this.#take();
    try {
      return await role.ask(proof);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(role);
      else next(role);
    }
  }

  close(): void {
    for (const role of this.#roles) role.close();
  }

  #take(): Role | Promise<Role> {
    const role = this.#idle.pop();
    if (role !== undefined) return role;
    if (this.#waiting.length >= LIMITS.proofs_waiting) {
      throw new HorizonError("busy", "Too many proofs wait to be checked.", {
        fix: "Send the answer again in a moment.",
        details: { retry_after_s: 1 },
      });
    }
    const { promise, resolve } = Promise.withResolvers<Role>();
    this.#waiting.push(resolve);
    return promise;
  }
}

/** How many Workers check proofs on a machine with so many cores. */
export function verifyWorkers(cores: number): number {
  return Math.max(1, Math.min(LIMITS.verify_workers, Math.floor(cores / 2)));
}
