import { assert, assertEquals } from "@std/assert";
import { difference, operatorCases } from "./cases.ts";
import { run } from "./run.ts";

const cases = operatorCases();

Deno.test("there are at least 30 cases of single operators", () => {
  assert(cases.length >= 30, `${cases.length} cases`);
});

for (const execution of ["wasm", "webgpu"] as const) {
  for (const { name, model, inputs, outputs } of cases) {
    Deno.test(`${name} on ${execution}`, async () => {
      const ran = await run({
        model,
        program: { execution },
        inputs,
        outputs: [...outputs.keys()],
      });
      assertEquals(ran.execution, execution);
      for (const [output, expected] of outputs) {
        const made = ran.outputs.get(output);
        assert(made !== undefined, `no ${output}`);
        assertEquals(difference(made, expected), null, output);
      }
    });
  }
}
