import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { fetchListings, listingCopyPath, writeListingCopy } from "../listing_copy.ts";
import { Progress } from "../progress.ts";

export const command = defineCommand({
  name: "marketplace update",
  summary: "Copy the listings to this machine, for list-gpus --offline",
  about: "The copy holds the GPUs of every registry that yours knows, as it knows them now.",
  args: {},
  flags: {},
  examples: ["horizon marketplace update", "horizon list-gpus --offline"],
  async run(ctx) {
    await using connection = await connect(ctx, { home: "none" });
    const { client } = connection;
    const { peers } = await client.network.peers();
    const progress = new Progress(ctx.out);
    const as_of = ctx.io.clock.now();
    const gpus = await fetchListings(client, (count, total) => {
      progress.update(`${count} of ${total} GPUs`);
    }).finally(() => progress.done());
    const copy = {
      v: 1 as const,
      registry: client.node_id,
      as_of,
      peers: peers.map(({ node_id, alias }) => ({ node_id, alias })),
      gpus,
    };
    const size_bytes = await writeListingCopy(ctx.folders.state, copy);
    const file = listingCopyPath(ctx.folders.state);
    const registries = new Set(gpus.map(({ home }) => home)).size;
    ctx.out.result(
      { registry: client.node_id, as_of, gpus: gpus.length, registries, file, size_bytes },
      `${gpus.length} GPUs of ${registries} registries in ${file}`,
    );
  },
});
