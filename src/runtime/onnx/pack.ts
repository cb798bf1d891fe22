import { brotliCompressSync, constants } from "node:zlib";
import { PACKED, WASM } from "./wasm_file.ts";

/** Quality 9 takes a few seconds for 3 MB; 11 would take half a minute for 2.6. */
const QUALITY = 9;

/** A step of `deno task compile`: packs the runtime's WebAssembly beside the bundle. */
if (import.meta.main) {
  const folder = Deno.args[0];
  if (folder === undefined) throw new Error("Name the bundle's folder.");
  const wasm = Deno.readFileSync(new URL(import.meta.resolve(WASM)));
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: wasm.length,
  };
  Deno.writeFileSync(`${folder}/${PACKED}`, brotliCompressSync(wasm, { params }));
}
