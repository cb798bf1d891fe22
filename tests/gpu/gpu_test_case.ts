import { describeAdapter } from "../../src/gpu/adapter.ts";
import { type Gpu, openDevice } from "../../src/gpu/device.ts";

const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
if (adapter !== null) console.log(`GPU tests run on ${describeAdapter(adapter).description}`);

/** A test that gets an open device, destroyed after it; without an adapter it says that it skips. */
export function gpuTest(name: string, body: (gpu: Gpu) => Promise<void>): void {
  if (adapter === null) {
    Deno.test({ name: `${name} (skipped: no GPU adapter)`, ignore: true, fn: () => {} });
    return;
  }
  Deno.test(name, async () => {
    // An adapter gives one device; each test asks for its own.
    const fresh = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
    const gpu = await openDevice(fresh ?? adapter);
    try {
      await body(gpu);
    } finally {
      gpu.destroy();
    }
  });
}
