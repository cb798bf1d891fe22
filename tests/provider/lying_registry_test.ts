import { assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { Client } from "../../src/client/client.ts";
import type { Transport } from "../../src/client/transport.ts";
import type { Prover } from "../../src/gpu/prover.ts";
import type { Draw } from "../../src/proof/draw.ts";
import { proveGpu } from "../../src/provider/prove.ts";
import { DrawView } from "../../src/protocol/challenge.ts";
import { ReferenceProver } from "../proof/reference.ts";
import { GPU, openProvingTest, type ProvingTest, TINY } from "../registry/proving.ts";

/** A prover on the CPU that notes what it is asked to open. */
function plainProver(opened: Draw[]): Prover {
  const begin: Prover["begin"] = (_challenge, seed) => {
    const prover = ReferenceProver.honest(seed, TINY);
    return Promise.resolve({
      matrix: () => Promise.resolve(new Uint8Array(prover.matrix())),
      chain: (key) => Promise.resolve(new Uint8Array(prover.chain(key))),
      sweep: (key) => Promise.resolve(prover.sweep(key).map((root) => new Uint8Array(root))),
      open(draw) {
        opened.push(draw);
        return Promise.resolve(prover.open(draw));
      },
      dispose() {},
    });
  };
  return { begin, beginSize: () => Promise.reject(new Error("a challenge is begun by its seed")) };
}

/** The owner's client of a registry whose draws are changed on their way. */
function clientOf({ registry, owner }: ProvingTest, change: (draw: DrawView) => DrawView): Client {
  const transport: Transport = {
    base_url: "http://registry",
    headers: {},
    async fetch(request) {
      const { pathname } = new URL(request.url);
      const { method, headers, body } = request;
      const answered = await registry.fetch(pathname, { method, headers, body });
      if (!pathname.endsWith("/sweep") || !answered.ok) return answered;
      return Response.json(change(DrawView.parse(await answered.json())));
    },
    close() {},
  };
  const clock = registry.clock;
  return new Client({ transport, identity: owner, node_id: registry.node.id, clock });
}

Deno.test("a registry that draws what is not there gets no answer, and no kernel reads there", async () => {
  const lies: ((draw: DrawView) => DrawView)[] = [
    (draw) => ({ ...draw, rows: [...draw.rows.slice(0, -1), 2 ** 30] }),
    (draw) => ({ ...draw, lanes: [...draw.lanes.slice(0, -1), TINY.lanes] }),
    (draw) => ({ ...draw, sweeps: [0, 1, TINY.sweeps] }),
    (draw) => ({ ...draw, rows: draw.rows.toReversed() }),
  ];
  for (const lie of lies) {
    await using test = await openProvingTest();
    const opened: Draw[] = [];
    const proving = () => proveGpu(clientOf(test, lie), plainProver(opened), GPU, () => {});
    assertEquals((await assertRejects(proving, HorizonError)).code, "invalid_challenge");
    assertEquals(opened, []);
  }
  await using test = await openProvingTest();
  const opened: Draw[] = [];
  const client = clientOf(test, (draw) => draw);
  const { verdict } = await proveGpu(client, plainProver(opened), GPU, () => {});
  assertEquals(verdict.step, null, verdict.reason);
  assertEquals(opened.length, 1);
});
