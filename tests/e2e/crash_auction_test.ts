import { assert, assertEquals } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import type { Identity } from "../../src/base/identity.ts";
import { newId } from "../../src/base/ids.ts";
import type { SignedIntent } from "../../src/client/intents.ts";
import type { AuctionFormat } from "../../src/protocol/auction.ts";
import { Random } from "../random.ts";
import { Home } from "./binary.ts";
import { replayFolder } from "./replay_folder.ts";
import { gpuBody, judgement, newActor, serve, type Served } from "./served.ts";

/** Seeds of disturbed runs; each is killed twice, at random moments. */
const SEEDS = 50;
const BIDDERS = 40;
const BIDS = 2_000;
const BATCH = 100;
const GPUS = 12;
const AUCTIONS: { format: AuctionFormat; units: number }[] = [
  { format: "uniform", units: 3 },
  { format: "uniform", units: 2 },
  { format: "second-price", units: 1 },
  { format: "second-price", units: 1 },
  { format: "first-price", units: 1 },
  { format: "english", units: 1 },
];
const HOURS_S = 3600;
const RESERVE_MICROS = 100_000;
/** A kill comes within this time after a request was sent. */
const KILL_WITHIN_MS = 40;

/** What an auction came to, without the ids and times that differ from run to run. */
interface Outcome {
  state: string;
  price_micros_per_hour: number | null;
  won: { bidder: string; units: number }[];
}

/** What is sent in each run: the same signed intents in the same order. */
interface Plan {
  auction_ids: string[];
  batches: SignedIntent[][];
  ends: SignedIntent[];
}

Deno.test("auctions that are killed at random moments end as undisturbed ones do", async () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  await using base = new Home("auctions");
  const plan = await prepare(base, random);
  const undisturbed = await run(base, plan, null);
  for (const { state, won } of undisturbed) assert(state === "cleared" && won.length > 0);
  for (let seed = 0; seed < SEEDS; seed++) {
    const disturbed = await run(base, plan, random);
    assertEquals(disturbed, undisturbed, `disturbed run ${seed}`);
  }
});

/** Opens the auctions, posts the openings of all sealed bids, and signs everything else. */
async function prepare(home: Home, random: Random): Promise<Plan> {
  const served = await serve(home);
  const owner = newActor();
  const seller = served.as(owner);
  for (let i = 0; i < GPUS; i++) {
    const gpu_id = `gpu-${String(i).padStart(2, "0")}`;
    await seller.submit("gpu.register", gpuBody(gpu_id, RESERVE_MICROS));
    await served.operator.submit("gpu.judge", judgement(gpu_id, newId(Date.now())));
    const liveness = { gpu_id, online: true, last_seen: Date.now() };
    await served.operator.submit("gpu.liveness", liveness);
  }
  const auction_ids: string[] = [];
  for (const { format, units } of AUCTIONS) {
    const { gpus } = await seller.gpus({ sort: "gpu_id", limit: 1 });
    const { data } = await seller.submit("auction.start", {
      gpu_id: gpus[0]?.gpu_id ?? "",
      format,
      units,
      duration_s: HOURS_S,
      reserve_micros_per_hour: null,
      timeout_ms: 3_600_000,
    });
    auction_ids.push(String(data["auction_id"]));
  }
  const batches = await signBids(served, auction_ids, random);
  const ends = await Promise.all(
    auction_ids.map((auction_id) => seller.sign("auction.end", { auction_id })),
  );
  await served.process.kill("SIGTERM");
  return { auction_ids, batches, ends };
}

async function signBids(
  served: Served,
  auction_ids: string[],
  random: Random,
): Promise<SignedIntent[][]> {
  const bidders = Array.from({ length: BIDDERS }, newActor);
  for (const { id } of bidders) {
    await served.operator.submit("wallet.deposit", { to: id, amount_micros: 1_000_000_000 });
  }
  const signed: SignedIntent[] = [];
  for (let i = 0; i < BIDS; i++) {
    const bidder = bidders[random.below(BIDDERS)];
    const which = random.below(AUCTIONS.length);
    const auction_id = auction_ids[which];
    if (bidder === undefined || auction_id === undefined) throw new Error("no bidder");
    signed.push(await signBid(served, bidder, auction_id, AUCTIONS[which]?.format, random));
  }
  return Array.from({ length: BIDS / BATCH }, (_, i) => signed.slice(i * BATCH, (i + 1) * BATCH));
}

/** Few distinct prices, so that there are ties. */
async function signBid(
  served: Served,
  bidder: Identity,
  auction_id: string,
  format: AuctionFormat | undefined,
  random: Random,
): Promise<SignedIntent> {
  const client = served.as(bidder);
  const price_micros_per_hour = RESERVE_MICROS + 1_000 * random.below(300);
  if (format === "english") {
    const { gpu_ids } = await client.auction(auction_id);
    return await client.sign("bid.place", {
      gpu_id: gpu_ids[0] ?? "",
      where: null,
      price_micros_per_hour,
      quantity: 1,
      duration_s: null,
      expires_at: null,
    });
  }
  const salt = random.bytes(16).toHex();
  const commitment = await client.openBid({ auction_id, price_micros_per_hour, salt });
  const terms = { auction_id, commitment, quantity: 1, hold_micros: 1_000_000 };
  return await client.sign("bid.seal", terms);
}

/** Sends the plan to a copy of the prepared folder, and returns what each auction came to. */
async function run(base: Home, plan: Plan, random: Random | null): Promise<Outcome[]> {
  await using home = new Home("auction-run");
  const copied = await new Deno.Command("cp", {
    args: ["-a", `${base.folder}/data`, home.folder],
  }).output();
  if (!copied.success) throw new Error("the prepared folder can't be copied");
  const killAt = random === null ? -1 : random.below(plan.batches.length);
  let served = await serve(home);
  for (const [i, batch] of plan.batches.entries()) {
    served = await send(home, served, batch, i === killAt ? random : null);
  }
  for (const end of plan.ends) served = await send(home, served, [end], null);
  if (random !== null) served = await killWithin(home, served, random);
  await allCleared(served, plan.auction_ids);
  const outcomes: Outcome[] = [];
  for (const auction_id of plan.auction_ids) {
    const { state, price_micros_per_hour, winners } = await served.operator.auction(auction_id);
    const won = winners.map(({ bidder, units }) => ({ bidder, units }));
    outcomes.push({ state, price_micros_per_hour, won });
  }
  assertEquals(await served.process.kill("SIGTERM"), 0);
  const { from_first_event, from_snapshot, sum_micros } = await replayFolder(`${home.folder}/data`);
  assertEquals(sum_micros, 0);
  assertEquals(from_first_event, from_snapshot);
  return outcomes;
}

/** Sends intents, with a kill in the middle if there is randomness for it, until they are answered. */
async function send(
  home: Home,
  served: Served,
  batch: SignedIntent[],
  random: Random | null,
): Promise<Served> {
  const killed = random === null ? null : killWithin(home, served, random);
  try {
    await served.operator.send(batch);
    return killed === null ? served : await killed;
  } catch (thrown) {
    if (killed === null || !(thrown instanceof HorizonError)) throw thrown;
    const again = await killed;
    await again.operator.send(batch);
    return again;
  }
}

async function killWithin(home: Home, served: Served, random: Random): Promise<Served> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, random.below(KILL_WITHIN_MS));
  await promise;
  await served.process.kill("SIGKILL");
  return await serve(home);
}

async function allCleared(served: Served, auction_ids: string[]): Promise<void> {
  const open = new Set(auction_ids);
  for await (const event of served.operator.events(0, AbortSignal.timeout(60_000))) {
    if (event.type === "auction.cleared") open.delete(String(event.data["auction_id"]));
    if (open.size === 0) return;
  }
}
