import { assert, assertEquals } from "@std/assert";
import { knownAnswer } from "../../src/cli/self_test/known_answer.ts";
import { gpuTest } from "../gpu/gpu_test_case.ts";

gpuTest("a GPU that computes rightly passes the known answer", async (gpu) => {
  assertEquals(await knownAnswer(gpu), { ok: true });
});

/** A line of a kernel, what it becomes on a GPU that computes wrongly, and the check that must see it. */
const FAULTS: [kernel: string, right: string, wrong: string, step: string][] = [
  ["product", "0x61707865u", "0x61707866u", "product"],
  ["chain", "x >> lane_words(7u)", "x >> lane_words(6u)", "chain"],
  ["sweep", "sum >> vec4<u32>(15u)", "sum >> vec4<u32>(14u)", "sweep"],
  ["hash", "rotate_right(w15, 18u)", "rotate_right(w15, 17u)", "commitment"],
];

for (const [kernel, right, wrong, step] of FAULTS) {
  gpuTest(`a GPU that gets the ${kernel} wrong fails the known answer there`, async (gpu) => {
    let planted = 0;
    const device = new Proxy(gpu.device, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name === "createShaderModule") {
          return ({ code }: GPUShaderModuleDescriptor) => {
            if (code.includes(right)) planted++;
            return target.createShaderModule({ code: code.replaceAll(right, wrong) });
          };
        }
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const outcome = await knownAnswer({ ...gpu, device });
    assert(planted > 0, "the fault was planted");
    assertEquals(outcome.ok ? "none" : outcome.step, step);
  });
}
