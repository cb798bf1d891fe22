import type { Figure } from "../figure.ts";

const BUNDLE = new URL("../../dist/bundle/", import.meta.url);
const LIMIT_MB = 8;
const BYTES_PER_MB = 1e6;
/** The bundler names the file that each part comes from. */
const LIBRARIES = /^\/\/ .*\/(?:@jax-js\/jax|onnxruntime-web)\//m;
const WASM = "onnxruntime.wasm.br";

/**
 * What jax-js and onnxruntime-web add to the binary: each file of the bundle that has a part of theirs,
 * counted whole, and the compressed WebAssembly. The binary holds them as they are.
 */
export const figure: Figure = {
  group: "main",
  name: "what jax-js and onnxruntime add to the binary / 8 MB",
  unit: "MB",
  aim: { op: "<=", value: 1 },
  async measure() {
    const sizes = await librarySizes();
    if (sizes.length === 0) return { skipped: "dist/bundle is missing; run: deno task compile" };
    const ours = sizes.reduce((sum, size) => sum + size, 0) / BYTES_PER_MB;
    return { ours, against: LIMIT_MB, ratio: ours / LIMIT_MB, note: `${sizes.length} files` };
  },
};

async function librarySizes(): Promise<number[]> {
  const sizes: number[] = [];
  try {
    for await (const { name } of Deno.readDir(BUNDLE)) {
      const bytes = await Deno.readFile(new URL(name, BUNDLE));
      const isTheirs = name.endsWith(".js") && LIBRARIES.test(new TextDecoder().decode(bytes));
      if (isTheirs || name === WASM) sizes.push(bytes.length);
    }
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
  return sizes;
}
