/** The namespace of jax-js: arrays, gradients, and kernels made for the GPU or the CPU. */
export type Jax = typeof import("@jax-js/jax");

/**
 * Loads jax-js while the process may still read files. It asks the browser for an adapter and for a
 * device of its own; here it is handed the job's, so that there is one device, whose loss is noticed.
 * Where it can't compute on that, it computes on the CPU by WebAssembly; `defaultDevice()` says which.
 */
export async function loadJax(adapter: GPUAdapter, device: GPUDevice): Promise<Jax> {
  const jax = await import("@jax-js/jax");
  const { limits, features } = adapter;
  const offered = { limits, features, requestDevice: () => Promise.resolve(device) };
  // Shadows the method of the prototype, which is back when this is deleted.
  Object.defineProperty(navigator.gpu, "requestAdapter", {
    value: () => Promise.resolve(offered),
    configurable: true,
  });
  try {
    if ((await jax.init("webgpu")).includes("webgpu")) jax.defaultDevice("webgpu");
  } finally {
    Reflect.deleteProperty(navigator.gpu, "requestAdapter");
  }
  return jax;
}
