import { assert, assertEquals } from "@std/assert";
import { loadKeyFile, NODE_KEY_FILE } from "../../src/base/keyfile.ts";
import { newId } from "../../src/base/ids.ts";
import { openClient } from "../../src/client/open_client.ts";
import { type Acks, checkAcknowledged } from "./acknowledged.ts";
import { Home } from "./binary.ts";
import { gpuBody, judgement, newActor, serve, startServing, whenServed } from "./served.ts";

const WRITERS = 4;
const READERS = 4;

Deno.test("a new binary takes the folder over under load, and no call fails by it", async () => {
  await using home = new Home("upgrade");
  const old = await serve(home);
  const { url } = old;
  const port = Number(new URL(url).port);
  const operator = await openClient(url, {
    identity: await loadKeyFile(`${home.folder}/data/${NODE_KEY_FILE}`),
  });
  const acks: Acks = new Map();
  let reads = 0;
  let isOver = false;
  const write = async (i: number) => {
    const client = await openClient(url, { identity: newActor() });
    const gpu_id = `gpu-${i}`;
    await client.submit("gpu.register", gpuBody(gpu_id, 250_000));
    await operator.submit("gpu.judge", judgement(gpu_id, newId(Date.now())));
    while (!isOver) {
      const price_micros_per_hour = 200_000 + acks.size;
      const { intent_sha256, seq } = await client.submit("gpu.update", {
        gpu_id,
        price_micros_per_hour,
      });
      acks.set(intent_sha256, seq);
      assertEquals((await client.gpu(gpu_id)).price_micros_per_hour, price_micros_per_hour);
    }
  };
  const read = async () => {
    const client = await openClient(url, { identity: newActor() });
    while (!isOver) {
      await client.gpus({ all: true });
      reads++;
    }
  };
  const load = Promise.all([
    ...Array.from({ length: WRITERS }, (_, i) => write(i)),
    ...Array.from({ length: READERS }, read),
  ]);
  const until = async (condition: () => boolean) => {
    const looking = (async () => {
      while (!condition()) await operator.gpus({ limit: 1 });
    })();
    await Promise.race([looking, load]);
  };
  await until(() => acks.size > 50 && reads > 50);
  const next = startServing(home, ["--wait", "60"], port);
  assertEquals(await old.process.kill("SIGTERM"), 0);
  const { node_id } = await whenServed(home, next);
  assertEquals(node_id, old.node_id);
  const before = { acks: acks.size, reads };
  await until(() => acks.size > before.acks + 50 && reads > before.reads + 50);
  isOver = true;
  await load;
  await checkAcknowledged(operator, acks);
  assertEquals(await next.kill("SIGTERM"), 0);
  const checked = await home.run(["fsck"]);
  assertEquals(checked.code, 0, checked.stdout + checked.stderr);
  assert(acks.size > 100);
});
