import { assertEquals, assertStringIncludes } from "@std/assert";
import { parseDocument } from "../e2e/binary.ts";
import { answerComplaint, bringOnline, listGpu } from "./listing.ts";
import { Person } from "./person.ts";
import { serve } from "./served.ts";

/** Someone with a key whose configuration names the registry. */
async function client(url: string): Promise<Person> {
  const person = new Person();
  await person.json("init");
  await person.json("config", "--set", "registry", url);
  return person;
}

Deno.test("a renter challenges a GPU: its owner is paid if it holds, and it is gone if not", async () => {
  await using operator = new Person();
  await using served = await serve(operator, "--welcome-credit", "5");
  await using owner = await client(served.url);
  await using renter = await client(served.url);
  await using other = await client(served.url);
  await listGpu(owner, { gpu_id: "rig-1", price: "0.30" }, served.folder);
  await bringOnline(owner, "rig-1", served.url);
  const dear = await renter.refusal("gpu", "challenge", "rig-1", "--max-fee", "0.001");
  assertEquals([dear.code, dear.exit], ["no_offer", 5]);
  assertStringIncludes(dear.message, "$0.01");

  const good = answerComplaint("rig-1", "verified", served);
  await good.begun;
  const held = await renter.json("gpu", "challenge", "rig-1", "--yes");
  await good.answered;
  assertEquals([held.listed, held.fee_micros, held.paid_micros], [true, 10_000, 10_000]);
  assertEquals((await renter.json("wallet", "balance")).available_micros, 4_990_000);
  assertEquals((await owner.json("wallet", "balance")).earned_micros, 10_000);
  const soon = await renter.refusal("gpu", "challenge", "rig-1", "--yes");
  assertEquals(soon.code, "limit_reached");

  const bad = answerComplaint("rig-1", "failed", served);
  await bad.begun;
  const { code, stdout, stderr } = await other.run(
    ["gpu", "challenge", "rig-1"],
    { typed: ["y"] },
  );
  await bad.answered;
  assertEquals(code, 1, stdout + stderr);
  assertStringIncludes(stderr, "it comes back if the GPU fails");
  assertStringIncludes(stdout, "off the market");
  assertEquals((await other.json("wallet", "balance")).available_micros, 5_000_000);
});

Deno.test("nobody challenges their own GPU at a registry, and no money moves unasked", async () => {
  await using operator = new Person();
  await using served = await serve(operator, "--welcome-credit", "5");
  await using owner = await client(served.url);
  await using renter = await client(served.url);
  await listGpu(owner, { gpu_id: "rig-1", price: "0.30" }, served.folder);
  await bringOnline(owner, "rig-1", served.url);
  const own = await owner.refusal("gpu", "challenge", "rig-1", "--yes");
  assertEquals([own.code, own.exit], ["own_gpu", 3]);
  const mute = await renter.run(["gpu", "challenge", "rig-1", "--json"]);
  assertEquals(Reflect.get(Object(parseDocument(mute.stdout).error), "code"), "no_terminal");
  const declined = await renter.run(["gpu", "challenge", "rig-1"], { typed: ["n"] });
  assertStringIncludes(declined.stderr, "Nothing was done");
});

Deno.test("a listing and a GPU's page say that a provider is new, and what is known of it", async () => {
  await using operator = new Person();
  await using served = await serve(operator);
  await using owner = await client(served.url);
  await listGpu(owner, { gpu_id: "rig-1", price: "0.30" }, served.folder);
  const { stdout } = await owner.run(["list-gpus", "--all"]);
  assertStringIncludes(stdout, "REPUTATION");
  assertStringIncludes(stdout, "new");
  const page = await owner.run(["explore", "rig-1"]);
  assertStringIncludes(page.stdout, "new: too little is known of it");
  assertStringIncludes(page.stdout, "1 passed, 0 failed");
  assertStringIncludes(page.stdout, "expires");
  assertEquals((await owner.json("list-gpus", "--all", "--where", "reputation>=0")).total, 0);
});
