/** Runs the role that a Worker's name asks for; the registry knows them. Never returns. */
export async function runWorker(name: string): Promise<void> {
  const { runWorker } = await import("../registry/worker_main.ts");
  await runWorker(name);
}
