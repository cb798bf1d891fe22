import { assert, assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { BufferScope, readBack } from "../../src/gpu/buffers.ts";
import { guarded } from "../../src/gpu/device.ts";
import { compile } from "../../src/gpu/kernels.ts";
import { gpuTest } from "./gpu_test_case.ts";

gpuTest("what the driver refuses comes out as one error with its message", async (gpu) => {
  const broken = () =>
    compile(gpu.device, "@compute @workgroup_size(1) fn main() { let x: u32 = 1.5; }");
  const error = await assertRejects(() => guarded(gpu, broken), HorizonError);
  assertEquals(error.code, "gpu_failed");
  // A shader in order, whose pipeline is beyond the device's limits.
  const tooWide = () =>
    compile(gpu.device, "@compute @workgroup_size(256, 256) fn main() { let x = 1u; }");
  const wide = await assertRejects(() => guarded(gpu, tooWide), HorizonError);
  assertEquals(wide.code, "gpu_failed");
  const tooLarge = () => readBack(new BufferScope(gpu.device).readback(2 ** 48));
  assert(["gpu_failed", "gpu_out_of_memory"].includes(
    (await assertRejects(() => guarded(gpu, tooLarge), HorizonError)).code,
  ));
});

gpuTest("a device works on after an error, and results pass through", async (gpu) => {
  await assertRejects(() => guarded(gpu, () => Promise.reject(new RangeError("mine"))), RangeError);
  const scope = new BufferScope(gpu.device);
  const bytes = await guarded(gpu, () => readBack(scope.readback(16)));
  scope.destroy();
  assertEquals(bytes, new Uint8Array(16));
});

gpuTest("an adapter's description tells its kind, and a known chip's memory", (gpu) => {
  const { kind, chip, memory_gb, vendor, description } = gpu.adapter;
  assertEquals(typeof vendor === "string" && typeof description === "string", true);
  assertEquals((chip === null) === (memory_gb === null), true);
  if (/llvmpipe|SwiftShader/.test(description)) assertEquals(kind, "software");
  return Promise.resolve();
});
