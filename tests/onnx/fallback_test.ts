import { assert, assertEquals } from "@std/assert";
import { encodeNpy } from "../../src/base/npy.ts";
import { capDeviceMemory } from "../../src/runtime/vram_cap.ts";
import { difference } from "./cases.ts";
import { fixture, run } from "./run.ts";

Deno.test("what the GPU has no memory for runs on the CPU", async () => {
  capDeviceMemory(1);
  const x = encodeNpy({ dtype: "float32", shape: [2, 2], data: new Uint8Array(16) });
  const ran = await run({
    model: fixture("bad/three_megabytes.onnx"),
    program: { execution: "auto" },
    inputs: new Map([["x", x]]),
    outputs: ["y"],
  });
  assertEquals(ran.execution, "wasm");
  const ones = new Uint8Array(new Float32Array(4).fill(1).buffer);
  const made = ran.outputs.get("y");
  assert(made !== undefined);
  assertEquals(
    difference(made, encodeNpy({ dtype: "float32", shape: [1, 2, 2], data: ones })),
    null,
  );
});
