import { assertEquals } from "@std/assert";
import { ProofPage } from "../../src/protocol/proof_record.ts";
import { KEYS } from "../../src/store/keys.ts";
import { inFolder } from "./backups.ts";
import { openTest } from "./harness.ts";
import { GPU, openProvingTest, prove } from "./proving.ts";

Deno.test("a folder whose archive knew no proofs yet shows those that its feed holds", async () => {
  await inFolder(async (folder) => {
    const test = await openProvingTest({ folder });
    await (await prove(test)).body?.cancel();
    await test.registry.close();
    await makeOlder(folder);
    await using registry = await openTest({ folder });
    const page = await (await registry.fetch(`/v1/gpus/${GPU}/proofs`)).json();
    assertEquals(ProofPage.parse(page).proofs.map(({ gpu_id }) => gpu_id), [GPU]);
  });
});

/** Leaves an archive as the version wrote it that kept no proofs: complete, up to the feed's head. */
async function makeOlder(folder: string): Promise<void> {
  using kv = await Deno.openKv(`${folder}/journal.kv`);
  const proofs = await Array.fromAsync(kv.list({ prefix: KEYS.proofsOf(GPU) }));
  assertEquals(proofs.length, 1);
  for (const { key } of proofs) {
    await kv.delete(key);
    await kv.delete(["archive", "proof", ...key.slice(1)]);
  }
  await kv.delete(KEYS.archivePosition());
  await kv.set(["archive", "watermark"], 1_000);
}
