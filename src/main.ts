/**
 * argv → command → exit code. The binary is also each of its own children, by name: the jail and the
 * job inside it (`__jail`, `__job`), the probe of the GPU (`__gpu_probe`), what a shell asks to complete
 * a line (`__complete`), and every Worker (`self.name` says which).
 */
const MAIN_URL = import.meta.url;

if ("WorkerGlobalScope" in globalThis) {
  const { runWorker } = await import("./cli/worker.ts");
  await runWorker(self.name);
} else if (Deno.args[0] === "__jail") {
  const { runJail } = await import("./runtime/main.ts");
  runJail(Deno.args.slice(1));
} else if (Deno.args[0] === "__job") {
  const { runJob } = await import("./runtime/main.ts");
  // Not awaited: what waits for nothing then ends the event loop, which the job is told of.
  runJob();
} else if (Deno.args[0] === "__gpu_probe") {
  const { runGpuProbe } = await import("./cli/self_test/gpu_probe.ts");
  await runGpuProbe();
  Deno.exit(0);
} else if (Deno.args[0] === "__complete") {
  const { complete } = await import("./cli/complete/complete.ts");
  const { systemIo } = await import("./cli/io.ts");
  const io = systemIo();
  io.stdout(await complete(Deno.args.slice(1), io, MAIN_URL));
  Deno.exit(0);
} else {
  const { runCli } = await import("./cli/cli.ts");
  Deno.exit(await runCli(Deno.args, { main_url: MAIN_URL }));
}
