import { serveRole } from "../workers.ts";
import { checkSignatures } from "../../base/signatures.ts";

/** The role "auth": checks the signatures of intents. */
export function runAuthWorker(): void {
  serveRole(checkSignatures);
}
