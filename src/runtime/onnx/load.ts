import { brotliDecompressSync } from "node:zlib";
import { PACKED, WASM } from "./wasm_file.ts";

/** The namespace of onnxruntime-web: sessions, tensors and its settings. */
export type Ort = typeof import("onnxruntime-web/jspi");

/** The runtime in memory: all that needs a file or a permission is done. */
export interface LoadedOnnx {
  ort: Ort;
}

/**
 * Loads ONNX Runtime (its JavaScript and 17 MB of WebAssembly for both ways of execution) while the
 * process may still read files; sessions on the GPU will use the device given.
 */
export async function loadOnnx(device: GPUDevice): Promise<LoadedOnnx> {
  const ort = await import("onnxruntime-web/jspi");
  ort.env.wasm.wasmBinary = readWasm();
  // Threads would be workers, which a job may not start.
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  Object.defineProperty(ort.env.webgpu, "device", { value: device, writable: true });
  return { ort };
}

/** From the binary's own files; from source, out of the npm package. */
function readWasm(): ArrayBuffer {
  const packed = readIfThere(new URL(PACKED, import.meta.url));
  const bytes = packed === null
    ? Deno.readFileSync(new URL(import.meta.resolve(WASM)))
    : brotliDecompressSync(packed);
  return new Uint8Array(bytes).buffer;
}

function readIfThere(url: URL): Uint8Array | null {
  try {
    return Deno.readFileSync(url);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
