import { assertEquals } from "@std/assert";
import { sha256Hex } from "../../src/base/hash.ts";
import { ProofAnswers } from "../../src/registry/proving/proof_answers.ts";

Deno.test("answers of many GPUs don't fill the disk: those written first go first", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const most = { latest: 3, disputed: 2 };
    const answers = await ProofAnswers.open(folder, most);
    const bytes = (i: number) => new Uint8Array(8).fill(i);
    const kept = async (from: ProofAnswers) => {
      const found: number[] = [];
      for (let i = 0; i < 6; i++) {
        if (await from.read(`gpu-${i}`, sha256Hex(bytes(i))) !== null) found.push(i);
      }
      return found;
    };
    for (const i of [0, 1, 2, 0, 3]) await answers.keep(`gpu-${i}`, bytes(i), "latest");
    assertEquals(await kept(answers), [0, 2, 3]);
    await answers.forget("gpu-2");
    await answers.keep("gpu-4", bytes(4), "latest");
    assertEquals(await kept(answers), [0, 3, 4], "what is forgotten counts no more");
    const again = await ProofAnswers.open(folder, most);
    await again.keep("gpu-5", bytes(5), "latest");
    assertEquals((await kept(again)).length, 3, "after a restart as well");
    for (const i of [0, 1, 2]) await again.keep(`lie-${i}`, bytes(i), "disputed");
    assertEquals(await again.read("lie-0", sha256Hex(bytes(0))), null);
    assertEquals(await again.read("lie-2", sha256Hex(bytes(2))), bytes(2));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
