import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Person } from "./person.ts";
import { serve } from "./served.ts";

Deno.test("backup, restore and fsck on the embedded registry, in words", async () => {
  await using person = new Person();
  await person.json("init");
  await person.json("wallet", "deposit", "4");
  const file = `${person.home}/a.horizon`;
  const written = await person.run(["backup", file]);
  assertEquals(written.code, 0, written.stderr);
  assertStringIncludes(written.stdout, "keep it secret");
  assertStringIncludes(written.stderr, "Backed up event 2 of 2");
  await Deno.remove(`${person.home}/data`, { recursive: true });
  const restored = await person.run(["restore", file], { terminal: true });
  assertEquals(restored.code, 0, restored.stderr);
  assertStringIncludes(restored.stderr, "\r\x1b[2KRestored event 2 of 2");
  assertEquals((await person.json("wallet", "balance"))["available_micros"], 4_000_000);
  const checked = await person.run(["fsck"]);
  assertEquals(checked.code, 0, checked.stderr);
  assertStringIncludes(checked.stdout, "transitions");
  assert(!checked.stdout.includes("WRONG"));
});

Deno.test("what is not there is said, and nothing is made of it", async () => {
  await using person = new Person();
  await person.json("init");
  const file = `${person.home}/a.horizon`;
  const none = await person.refusal("backup", file);
  assertEquals(none.code, "forbidden");
  assertStringIncludes(none.message, `${person.home}/data holds no key`);
  const gone = await person.refusal("restore", file);
  assertEquals([gone.code, gone.exit], ["not_found", 4]);
  assertEquals(gone.message, `There is no backup ${file}.`);
  assertStringIncludes(gone.fix, "horizon backup");
  assertEquals((await person.refusal("fsck")).code, "not_found");
  assertEquals((await person.refusal("fsck", "--backup", file)).code, "not_found");
  const folder = await person.refusal("fsck", "--backup", person.home);
  assertEquals([folder.code, folder.exit], ["invalid_input", 2]);
  assertEquals(folder.message, `${person.home} is a folder, not a backup.`);
  assertEquals([...Deno.readDirSync(`${person.home}/data`)], []);
  await assertRejects(() => Deno.stat(file), Deno.errors.NotFound);
});

Deno.test("an interrupted backup leaves nothing, and says that it was interrupted", async () => {
  await using person = new Person();
  await person.json("init");
  await using served = await serve(person);
  await person.json("wallet", "deposit", "4");
  const controller = new AbortController();
  controller.abort();
  const early = await person.run(["backup", `${person.home}/b.horizon`, "--data", served.folder], {
    signal: controller.signal,
  });
  assertEquals(early.code, 130, early.stderr);
  const left = [...Deno.readDirSync(person.home)].map(({ name }) => name);
  assertEquals(left.filter((name) => name.startsWith("b.horizon")), []);
});
