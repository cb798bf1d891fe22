import { assert, assertEquals } from "@std/assert";
import type { LogEntry } from "../../src/base/log.ts";
import { accepted, gpuBody, newActor } from "../registry/harness.ts";
import { onSmallDisk } from "../store/small_disk.ts";
import { Cluster, connect, isUpToDate, until } from "./cluster.ts";

/** Writes `home` until a replica on the small disk can't hold it. */
const GPUS_PER_OWNER = 900;

Deno.test("a full disk under a replica stops that feed alone, and it goes on when there is room", async (t) => {
  const folder = await Deno.makeTempDir();
  const replicas = `${folder}/replicas`;
  await Deno.mkdir(replicas);
  await onSmallDisk(t, replicas, async () => {
    await using cluster = new Cluster();
    const home = await cluster.start("home");
    const log: LogEntry[] = [];
    const peer = await cluster.start("peer", { folder, log: (entry) => void log.push(entry) });
    const link = await connect(peer, "home");
    const reason = () => link.status.reason ?? "";
    await Deno.writeFile(`${replicas}/ballast`, new Uint8Array(2_500_000));
    for (let i = 0, owner = newActor(); !/disk is full/.test(reason()); i++) {
      if (i % GPUS_PER_OWNER === 0) owner = newActor();
      await accepted(home, owner, "gpu.register", gpuBody(`gpu-${i}`));
    }
    await accepted(peer, newActor(), "gpu.register", gpuBody("own-1"));
    const page = await (await peer.fetch(`/v1/gpus?all=true&home=${peer.node.id}`)).json();
    assertEquals(page.total, 1);
    assertEquals(link.status.trust, "checked");
    await Deno.remove(`${replicas}/ballast`);
    await until(() => isUpToDate(peer, home), "the replica goes on");
    assertEquals(peer.services.federation.evidence.ids, []);
    assert(!log.some(({ subject }) => subject?.includes("anew")));
    await peer.close();
    cluster.replace("peer", null);
  });
  await Deno.remove(folder, { recursive: true });
});
