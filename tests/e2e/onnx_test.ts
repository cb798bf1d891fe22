import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { compiledProgram } from "../../src/provider/jail_program.ts";
import { runJailed } from "../../src/provider/jail.ts";
import type { Execution } from "../../src/runtime/onnx/program.ts";
import { difference } from "../onnx/cases.ts";
import { BINARY } from "./binary.ts";

const program = compiledProgram(BINARY);
const limits = { time_s: 60, memory_mb: 2048, vram_mb: 512, output_mb: 16 };
const file = (path: string) => Deno.readFileSync(new URL(`../onnx/${path}`, import.meta.url));

for (const execution of ["wasm", "webgpu"] as const) {
  Deno.test(`a network in the jail on ${execution}`, async () => {
    const outcome = await run("network/model.onnx", execution);
    assertEquals([outcome.state, outcome.message], ["succeeded", ""]);
    assertEquals(outcome.execution, execution);
    const made = outcome.outputs[0]?.bytes;
    assert(made !== undefined);
    assertEquals(difference(made, file("network/out_probabilities.npy")), null);
  });
}

Deno.test("a bad model in the jail is the renter's, and explained", async () => {
  const outcome = await run("bad/unknown_operator.onnx", "wasm");
  assertEquals([outcome.reason, outcome.side], ["model_error", "renter"]);
  assertStringIncludes(outcome.message, "operator that this runtime");
});

async function run(model: string, execution: Execution) {
  return await runJailed({
    program: { kind: "onnx", onnx: { execution, batch: 3 } },
    payloads: new Map([["model", file(model)]]),
    inputs: new Map([["image", file("network/in_image.npy")]]),
    outputs: ["probabilities"],
    limits,
  }, { program });
}
