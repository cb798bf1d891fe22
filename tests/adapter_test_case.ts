/** Whether this machine has an adapter, a software one included. */
export const hasAdapter = await navigator.gpu.requestAdapter() !== null;

/** A test that needs an adapter; without one it says that it skips. */
export function adapterTest(
  name: string,
  fn: (t: Deno.TestContext) => Promise<void>,
  options: Omit<Deno.TestDefinition, "name" | "fn"> = {},
): void {
  const why = hasAdapter ? "" : " (skipped: no GPU adapter)";
  Deno.test({ ...options, name: name + why, ignore: !hasAdapter, fn });
}
