import { assertEquals, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { checkJournalFile } from "../../src/store/file_check.ts";
import { openJournalFile } from "../../src/store/store.ts";

/** A journal file of a few hundred kilobytes. */
async function journalFile(folder: string): Promise<string> {
  const path = `${folder}/journal.kv`;
  const kv = await openJournalFile(path);
  for (let i = 0; i < 8; i++) await kv.set(["part", i], new Uint8Array(40_000).fill(i));
  kv.close();
  return path;
}

Deno.test("a whole journal file passes the check, and so does an empty one", async () => {
  const folder = await Deno.makeTempDir();
  checkJournalFile(await journalFile(folder));
  await Deno.writeFile(`${folder}/empty.kv`, new Uint8Array());
  checkJournalFile(`${folder}/empty.kv`);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a journal file that is cut, overwritten or something else is refused by name", async () => {
  const folder = await Deno.makeTempDir();
  const path = await journalFile(folder);
  const whole = await Deno.readFile(path);
  const overwritten = whole.slice();
  overwritten.fill(0x55, whole.length / 2);
  const text = new TextEncoder().encode("a letter to a friend".repeat(1_000));
  for (const bytes of [whole.slice(0, whole.length / 2), overwritten, text]) {
    await Deno.writeFile(path, bytes);
    const refusal = assertThrows(() => checkJournalFile(path), HorizonError, path);
    assertEquals(refusal.code, "data_corrupt");
  }
  await Deno.remove(folder, { recursive: true });
});
