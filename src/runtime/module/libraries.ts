import { type Jax, loadJax } from "../jax/load.ts";
import { loadOnnx, type Ort } from "../onnx/load.ts";

/** What a module is given beside its context; null where its source doesn't name it. */
export interface Libraries {
  jax: Jax | null;
  ort: Ort | null;
}

/**
 * Loads the libraries that a source names, by their words alone: loading takes time and memory, and
 * can't be done once the module runs.
 */
export async function loadLibraries(
  source: Uint8Array<ArrayBuffer>,
  adapter: GPUAdapter,
  device: GPUDevice,
): Promise<Libraries> {
  const text = new TextDecoder().decode(source);
  return {
    jax: /\bjax\b/.test(text) ? await loadJax(adapter, device) : null,
    ort: /\bort\b/.test(text) ? (await loadOnnx(device)).ort : null,
  };
}
