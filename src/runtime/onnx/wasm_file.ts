/** ONNX Runtime's WebAssembly in its npm package: one file for the CPU and for WebGPU. */
export const WASM = "onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm";
/** What `deno task compile` embeds beside the bundle: the same file in brotli. */
export const PACKED = "onnxruntime.wasm.br";
