/**
 * Runs this Worker in the role that its name says: "auth" or "verify". Never returns while it is
 * wanted; throws for a name that is no role.
 */
export function runWorker(name: string): Promise<void> {
  throw new Error(`no such role: ${name}`);
}
