/**
 * Takes up the role that this Worker's name says: "auth" (signatures) or "verify" (proofs). It works
 * until its owner ends it. Throws for a name that is no role.
 */
export async function runWorker(name: string): Promise<void> {
  if (name === "auth") {
    const { runAuthWorker } = await import("./auth/worker.ts");
    runAuthWorker();
  } else if (name === "verify") {
    const { runProofWorker } = await import("./proving/proof_worker.ts");
    runProofWorker();
  } else {
    throw new Error(`There is no Worker role "${name}".`);
  }
}
