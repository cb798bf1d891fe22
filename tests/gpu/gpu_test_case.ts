import { describeAdapter, openAdapter } from "../../src/gpu/adapter.ts";
import { type Gpu, openDevice } from "../../src/gpu/device.ts";
import { adapterTest } from "../adapter_test_case.ts";

const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
if (adapter !== null) console.log(`GPU tests run on ${describeAdapter(adapter).description}`);

/** A test that gets an open device, destroyed after it; without an adapter it says that it skips. */
export function gpuTest(name: string, body: (gpu: Gpu) => Promise<void>): void {
  adapterTest(name, async () => {
    // An adapter gives one device; each test asks for its own.
    const gpu = await openDevice(await openAdapter());
    try {
      await body(gpu);
    } finally {
      gpu.destroy();
    }
  });
}
