import { WorkerRole } from "../workers.ts";
import { checkSignatures, type SignatureVerdict, type SignedBytes } from "../../base/signatures.ts";

/** Checks the signatures of one request; the verdicts come in the same order. */
export interface Verifier {
  verify(signed: SignedBytes[]): Promise<SignatureVerdict[]>;
  close(): void;
}

/** A verifier on this thread, for the embedded registry: its commands are few and short. */
export const inlineVerifier: Verifier = { verify: checkSignatures, close() {} };

/** A verifier in a Worker of the role "auth", so that the main thread sequences meanwhile. */
export function workerVerifier(main_url: string, onDeath: (reason: string) => void): Verifier {
  const role = new WorkerRole<SignedBytes[], SignatureVerdict[]>(main_url, "auth", onDeath);
  return { verify: (signed) => role.ask(signed), close: () => role.close() };
}
