import { assert, assertEquals, assertRejects } from "@std/assert";
import { decodeNpy, encodeNpy } from "../../src/base/npy.ts";
import { HorizonError } from "../../src/base/errors.ts";
import { difference } from "./cases.ts";
import { fixture, run } from "./run.ts";

const model = fixture("network/model.onnx");
const image = fixture("network/in_image.npy");
const expected = fixture("network/out_probabilities.npy");
const tensors = { "x.npy": { name: "image" }, "y.npy": { name: "probabilities" } };

for (const execution of ["wasm", "webgpu"] as const) {
  for (const batch of [undefined, 1, 3, 100]) {
    Deno.test(`a network on ${execution} in batches of ${batch ?? "all"}`, async () => {
      const ran = await run({
        model,
        program: { execution, batch, tensors },
        inputs: new Map([["x.npy", image]]),
        outputs: ["y.npy"],
      });
      const made = ran.outputs.get("y.npy");
      assert(made !== undefined);
      assertEquals(difference(made, expected), null);
      const total = batch === undefined ? 1 : 7;
      assertEquals(ran.progress.length, Math.ceil(total / (batch ?? 1)));
      assertEquals(ran.progress.at(-1), { done: total, total });
    });
  }
}

Deno.test("auto takes the GPU", async () => {
  const ran = await run({
    model,
    program: { execution: "auto" },
    inputs: new Map([["image", image]]),
    outputs: ["probabilities"],
  });
  assertEquals(ran.execution, "webgpu");
});

const refusals: readonly [
  what: string,
  inputs: Map<string, Uint8Array<ArrayBuffer>>,
  said: string,
][] = [
  ["an input of another name", new Map([["picture", image]]), 'the model has "image"'],
  ["a missing input", new Map(), 'needs "image"'],
  [
    "another type",
    new Map([["image", encodeNpy({ ...decodeNpy(image, "image"), dtype: "int32" })]]),
    "is int32; the model takes float32",
  ],
  [
    "another shape",
    new Map([["image", expected]]),
    "has shape [7, 10]; the model takes [n, 1, 16, 16]",
  ],
  ["no .npy", new Map([["image", model]]), "is no .npy file"],
];

for (const [what, inputs, said] of refusals) {
  Deno.test(`the network refuses ${what}`, async () => {
    await assertRejects(
      () => run({ model, program: { execution: "auto" }, inputs, outputs: ["probabilities"] }),
      HorizonError,
      said,
    );
  });
}

Deno.test("an output that the model lacks is named", async () => {
  const inputs = new Map([["image", image]]);
  await assertRejects(
    () => run({ model, program: { execution: "auto" }, inputs, outputs: ["labels"] }),
    HorizonError,
    'the model has "probabilities"',
  );
});
