import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { encodeNpy } from "../../src/base/npy.ts";
import { fixture, run } from "./run.ts";

const x = encodeNpy({ dtype: "float32", shape: [2, 2], data: new Uint8Array(16) });
const network = fixture("network/model.onnx");

const bad: readonly [name: string, model: Uint8Array<ArrayBuffer>, said: string][] = [
  ["an empty file", new Uint8Array(), "not an ONNX model"],
  ["text", new TextEncoder().encode("This is no model at all."), "not an ONNX model"],
  ["a model cut in half", network.slice(0, network.length / 2), "not an ONNX model"],
  ["an unknown operator", fixture("bad/unknown_operator.onnx"), "operator that this runtime"],
  ["an operator without code", fixture("bad/no_implementation.onnx"), "operator that this runtime"],
  ["a newer opset", fixture("bad/newer_opset.onnx"), "newer version of ONNX"],
  ["a newer file format", fixture("bad/newer_ir.onnx"), "newer version of ONNX"],
  ["weights in another file", fixture("bad/external_data.onnx"), "weights are in another file"],
  ["shapes that don't fit", fixture("bad/wrong_graph.onnx"), "refuses its inputs"],
  ["12 GB of memory", fixture("bad/too_large.onnx"), "more memory than there is"],
];

for (const execution of ["auto", "wasm"] as const) {
  for (const [name, model, said] of bad) {
    Deno.test(`${name} is explained on ${execution}`, async () => {
      const error = await assertRejects(
        () => run({ model, program: { execution }, inputs: new Map([["x", x]]), outputs: ["y"] }),
        HorizonError,
      );
      assertEquals(error.code, "model_error");
      assertStringIncludes(error.message, said);
    });
  }
}
