import { assertEquals, assertStringIncludes } from "@std/assert";
import { openAdapter } from "../../src/gpu/adapter.ts";
import { openTown } from "./federation.ts";
import { listGpu } from "./listing.ts";
import { Person } from "./person.ts";
import { serve } from "./served.ts";

const hasAdapter = await openAdapter().then(() => true, () => false);
if (!hasAdapter) console.log("skipped, no GPU adapter: moves to the end");

/** Someone with a key whose configuration names the registry. */
async function client(url: string): Promise<Person> {
  const person = new Person();
  await person.json("init");
  await person.json("config", "--set", "registry", url);
  return person;
}

Deno.test({
  name: "an owner moves a GPU to a second registry, and back when that one is gone",
  ignore: !hasAdapter,
  // The Workers of the registries and the handles of the driver outlive the test.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using first = await openTown("--allow-software", "--move-wait-hours", "0");
    await using second = await openTown("--allow-software");
    await using owner = await client(first.served.url);
    const { url, node_id } = second.served;
    const moving = ["gpu", "move", "rig-1", "--to", url];
    await owner.json("register-gpu", "--gpu-id", "rig-1", "--gpu-type", "auto", "--price", "0.3");

    const early = await owner.refusal(...moving, "--yes");
    assertEquals(early.code, "home_unknown");
    assertStringIncludes(early.fix, `horizon network connect ${first.served.url}`);
    assertEquals((await owner.json("explore", "rig-1")).status, "listed", "it has not left");
    await first.operator.json("network", "connect", url, "--alias", "second");
    await second.operator.json("network", "connect", first.served.url);
    assertEquals((await owner.refusal(...moving)).code, "no_terminal");
    assertEquals((await owner.run(moving, { typed: ["n"] })).code, 1);
    assertEquals((await owner.json("explore", "rig-1")).home, first.served.node_id);

    const moved = await owner.json("gpu", "move", "rig-1", "--to", "second", "--yes");
    assertEquals([moved.home, moved.home_epoch, moved.status], [node_id, 2, "listed"]);
    assertEquals((await owner.json(...moving, "--yes")).home_epoch, 2, "nothing is left to do");
    assertEquals((await owner.refusal("explore", "rig-1")).code, "gpu_moved", "it has left");
    const elsewhere = ["--gpu-id", "rig-1", "--gpu-type", "auto", "--price", "1"];
    assertEquals((await owner.refusal("register-gpu", ...elsewhere)).code, "home_epoch_stale");
    const view = await owner.json("explore", "rig-1", "--registry", url);
    assertEquals([view.price_micros_per_hour, view.home], [300_000, node_id]);

    await owner.json("config", "--set", "registry", url);
    await provideUntilOnline(owner);
    await second.served.stop();
    const back = ["gpu", "move", "rig-1", "--to", first.served.url];
    assertEquals((await owner.refusal(...back, "--yes")).code, "network");
    const nameless = await owner.refusal("gpu", "move", "rig-1", "--to", "second", "--abandon");
    assertEquals(nameless.code, "invalid_input");
    assertStringIncludes(nameless.fix, "URL");
    const returned = await owner.json(...back, "--abandon", "--yes");
    assertEquals([returned.home, returned.home_epoch], [first.served.node_id, 3]);
    assertEquals(returned.status, "listed", "this operator's wait is over at once");
  },
});

/** Runs `horizon provide` until it says that it is online. */
async function provideUntilOnline(owner: Person): Promise<void> {
  const stop = new AbortController();
  const { code, stdout } = await owner.run(["provide", "--unjailed", "--json"], {
    signal: stop.signal,
    onOutput: (text) => {
      if (text.includes('"online"')) stop.abort();
    },
  });
  assertStringIncludes(stdout, '"online"');
  assertEquals(code, 0);
}

Deno.test("a move that can't be is refused before anything is done", async () => {
  await using operator = new Person();
  await using served = await serve(operator);
  await using other = new Person();
  await using target = await serve(other);
  await using owner = await client(served.url);
  await using stranger = await client(served.url);
  await listGpu(owner, { gpu_id: "rig-1", price: "0.30" }, served.folder);
  await listGpu(stranger, { gpu_id: "taken", price: "0.30" }, served.folder);
  await listGpu(stranger, { gpu_id: "rig-1", price: "0.30" }, target.folder);
  const to = (url: string) => ["--to", url, "--yes"];
  for (
    const [args, code] of [
      [["nope", ...to(target.url)], "gpu_not_found"],
      [["taken", ...to(target.url)], "forbidden"],
      [["rig-1", ...to(target.url)], "gpu_exists"],
      [["rig-1", ...to(served.url)], "invalid_input"],
      [["rig-1", ...to("ftp://x")], "invalid_input"],
      [["rig-1", ...to("x.example:8420")], "invalid_input"],
      [["rig-1", ...to(served.node_id)], "invalid_input"],
      [["rig-1", ...to("berlin")], "peer_not_found"],
      [["rig-1", ...to("z6MkvBokEaNo32TSksFmfveihm2ExYf2hz6Ym3GmvohmqQMU")], "peer_not_found"],
      [["rig-2", ...to(target.url), "--abandon"], "gpu_not_found"],
    ] as const
  ) {
    assertEquals((await owner.refusal("gpu", "move", ...args)).code, code, args.join(" "));
  }
  assertEquals((await owner.json("explore", "rig-1")).status, "listed");
  await owner.json("config", "--unset", "registry");
  const embedded = await owner.refusal("gpu", "move", "rig-1", ...to(target.url));
  assertEquals([embedded.code, embedded.exit], ["invalid_input", 2]);
});
