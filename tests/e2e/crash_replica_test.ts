import { checkAcknowledged } from "./acknowledged.ts";
import { CrashStage as Stage } from "./crash_stage.ts";

const KILLS = 20;
/** A process is killed after up to so many acknowledgements of the home. */
const MAX_ACKS = 150;

Deno.test("a peer that is killed at any moment comes to its home's state", async () => {
  await using stage = await Stage.open();
  const { home, peer, load, random } = stage;
  const moments = [afterConnect, whileStarting, whileFollowing, whileEnding];
  for (let kill = 0; kill < KILLS; kill++) {
    const moment = moments[kill % moments.length] ?? whileStarting;
    await moment(stage);
    if (kill % moments.length === 3) console.log(`${kill + 1} kills, ${load.acks.size} writes`);
  }
  await peer.begin();
  await load.more(1 + random.below(MAX_ACKS));
  await load.stop();
  await checkAcknowledged(home.served.operator, load.acks);
  await stage.compare();
});

Deno.test("a home that is killed at any moment is followed on by its peer, and loses nothing", async () => {
  await using stage = await Stage.open();
  const { home, peer, load, random } = stage;
  await peer.begin();
  await stage.connect();
  for (let kill = 0; kill < KILLS; kill++) {
    await load.more(1 + random.below(MAX_ACKS));
    await home.kill();
    await load.ended();
    await home.begin();
    await checkAcknowledged(home.served.operator, load.acks);
    await stage.checkTrust();
    load.start(home.served);
  }
  await load.more(1 + random.below(MAX_ACKS));
  await load.stop();
  await stage.compare();
});

Deno.test("a home and its peer that are both killed at any moment come to one state", async () => {
  await using stage = await Stage.open();
  const { home, peer, load, random } = stage;
  await peer.begin();
  await stage.connect();
  for (let kill = 0; kill < KILLS; kill++) {
    const [first, second] = random.below(2) === 0 ? [home, peer] : [peer, home];
    await load.more(1 + random.below(MAX_ACKS));
    await Promise.all([first.kill(), second.kill()]);
    await load.ended();
    // The first to come back finds nobody.
    await first.begin();
    await second.begin();
    await checkAcknowledged(home.served.operator, load.acks);
    await stage.checkTrust();
    load.start(home.served);
  }
  await load.more(1 + random.below(MAX_ACKS));
  await load.stop();
  await stage.compare();
});

/** While it fetches the feed from the first event on, or before it has begun to. */
async function afterConnect(stage: Stage): Promise<void> {
  const { home, peer, load, random } = stage;
  await peer.begin();
  const { network } = peer.served.operator;
  const { peers } = await network.peers();
  if (peers.some(({ node_id }) => node_id === home.served.node_id)) {
    await network.disconnectPeer(home.served.node_id);
  }
  await stage.connect();
  await load.more(1 + random.below(20));
  await peer.kill();
}

/** While it opens its folder, or catches up on what came since. */
async function whileStarting({ peer, load, random }: Stage): Promise<void> {
  const process = peer.spawn();
  await load.more(1 + random.below(MAX_ACKS));
  await process.kill("SIGKILL");
}

async function whileFollowing(stage: Stage): Promise<void> {
  const { peer, load, random } = stage;
  await peer.begin();
  await stage.follows();
  await load.more(1 + random.below(MAX_ACKS));
  await peer.kill();
}

/** While it ends in order, and writes what the next start should find. */
async function whileEnding(stage: Stage): Promise<void> {
  const { peer, load, random } = stage;
  await peer.begin();
  await stage.follows();
  await load.more(1 + random.below(20));
  const ended = peer.served.process.kill("SIGTERM");
  await load.more(1 + random.below(20));
  await peer.kill();
  await ended;
}
