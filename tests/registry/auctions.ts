import { encodeHex } from "@std/encoding/hex";
import type { Identity } from "../../src/base/identity.ts";
import { AuctionPage, BidPage } from "../../src/protocol/api.ts";
import { AuctionView, BidView } from "../../src/protocol/auction.ts";
import { bidCommitment } from "../../src/protocol/bid_commitment.ts";
import type { IntentBody } from "../../src/protocol/intent.ts";
import { WalletView } from "../../src/protocol/wallet.ts";
import { accepted, newActor, sessionOf, type TestRegistry } from "./harness.ts";

/** How long bidding stays open in these tests: less than it takes a provider to count as silent. */
export const BIDDING_MS = 10_000;
/** The seconds of GPU time that they sell. */
export const DURATION_S = 3600;

/** An actor with money. */
export async function newBidder(
  registry: TestRegistry,
  amount_micros = 10_000_000,
): Promise<Identity> {
  const bidder = newActor();
  await accepted(registry, registry.node, "wallet.deposit", { to: bidder.id, amount_micros });
  return bidder;
}

/** Starts an auction and returns its id. */
export async function startAuction(
  registry: TestRegistry,
  owner: Identity,
  gpu_id: string,
  changes: Partial<IntentBody<"auction.start">> = {},
): Promise<string> {
  const { data } = await accepted(registry, owner, "auction.start", {
    gpu_id,
    format: "second-price",
    units: 1,
    duration_s: DURATION_S,
    reserve_micros_per_hour: 100_000,
    timeout_ms: BIDDING_MS,
    ...changes,
  });
  return String(data.auction_id);
}

export function newSalt(): string {
  return encodeHex(crypto.getRandomValues(new Uint8Array(16)));
}

/** Posts an opening, as a client does before it seals the bid. */
export async function postOpening(
  registry: TestRegistry,
  bidder: Identity,
  opening: { auction_id: string; price_micros_per_hour: number; salt: string },
): Promise<Response> {
  return await registry.fetch(`/v1/auctions/${opening.auction_id}/openings`, {
    method: "POST",
    headers: await sessionOf(registry, bidder),
    body: JSON.stringify(opening),
  });
}

/** The body of a sealed bid whose cap gives nothing away. */
export function sealBody(
  bidder: Identity,
  opening: { auction_id: string; price_micros_per_hour: number; salt: string },
  quantity = 1,
): IntentBody<"bid.seal"> {
  const { auction_id } = opening;
  const commitment = bidCommitment(auction_id, bidder.id, opening);
  return { auction_id, commitment, quantity, hold_micros: 1_000_000 * quantity };
}

/** Opens and seals a bid, and returns its id. */
export async function sealBid(
  registry: TestRegistry,
  bidder: Identity,
  auction_id: string,
  price_micros_per_hour: number,
  quantity = 1,
): Promise<string> {
  const opening = { auction_id, price_micros_per_hour, salt: newSalt() };
  const response = await postOpening(registry, bidder, opening);
  if (!response.ok) throw new Error(`refused: ${await response.text()}`);
  await response.body?.cancel();
  const { data } = await accepted(
    registry,
    bidder,
    "bid.seal",
    sealBody(bidder, opening, quantity),
  );
  return String(data.bid_id);
}

/** Places an open bid on a GPU and returns its id. */
export async function placeBid(
  registry: TestRegistry,
  bidder: Identity,
  gpu_id: string,
  price_micros_per_hour: number,
): Promise<string> {
  const { data } = await accepted(registry, bidder, "bid.place", {
    gpu_id,
    where: null,
    price_micros_per_hour,
    quantity: 1,
    duration_s: DURATION_S,
    expires_at: null,
  });
  return String(data.bid_id);
}

/** Places an order for any GPUs that satisfy a filter, and returns its id. */
export async function placeOrder(
  registry: TestRegistry,
  bidder: Identity,
  where: string,
  price_micros_per_hour: number,
  quantity = 1,
): Promise<string> {
  const { data } = await accepted(registry, bidder, "bid.place", {
    gpu_id: null,
    where,
    price_micros_per_hour,
    quantity,
    duration_s: DURATION_S,
    expires_at: null,
  });
  return String(data.bid_id);
}

/** Lets time go by and does what the registry's timer would then do. */
export async function passTime(registry: TestRegistry, ms: number): Promise<void> {
  registry.clock.pass(ms);
  await registry.housekeeping.run();
}

async function read(registry: TestRegistry, path: string): Promise<unknown> {
  return await (await registry.fetch(path)).json();
}

export async function readAuction(registry: TestRegistry, id: string): Promise<AuctionView> {
  return AuctionView.parse(await read(registry, `/v1/auctions/${id}`));
}

export async function readBid(registry: TestRegistry, id: string): Promise<BidView> {
  return BidView.parse(await read(registry, `/v1/bids/${id}`));
}

export async function readAuctions(registry: TestRegistry, query = ""): Promise<AuctionPage> {
  return AuctionPage.parse(await read(registry, `/v1/auctions?${query}`));
}

export async function readBids(registry: TestRegistry, query = ""): Promise<BidPage> {
  return BidPage.parse(await read(registry, `/v1/bids?${query}`));
}

export async function readWallet(registry: TestRegistry, who: Identity): Promise<WalletView> {
  return WalletView.parse(await read(registry, `/v1/wallet/${who.id}`));
}
