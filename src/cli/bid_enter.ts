import { HorizonError } from "../base/errors.ts";
import { formatDollars, holdMicros } from "../base/money.ts";
import { formatDuration, formatTime } from "../base/time_text.ts";
import type { AuctionView, BidView, SecretOpening } from "../protocol/auction.ts";
import { confirm } from "./confirm.ts";
import type { Connection } from "./connect.ts";
import type { Context } from "./context.ts";
import { bidCost, checkCap, defaultCap, sealBid } from "./sealed_bid.ts";

/** What the command line asked for; null where it left it open. */
export interface BidWish {
  gpu_id: string | null;
  where: string | null;
  price_micros_per_hour: number;
  quantity: number;
  duration_s: number | null;
  /** How long it may rest. */
  life_ms: number | null;
  cap_micros: number | null;
  /** Only the plan is wanted. */
  dry_run: boolean;
}

/** A bid as it was taken, with its opening if it is sealed. */
export interface EnteredBid {
  bid: BidView;
  opening: SecretOpening | null;
}

/**
 * Takes a bid to where it belongs: sealed or open into the auction of its GPU, else to rest. Says on
 * stderr what is bid and held; null where that was all that was wanted. Throws `own_gpu`,
 * `invalid_input` for a flag that has no meaning there, and what the registry refuses.
 */
export async function enterBid(
  ctx: Context,
  connection: Connection,
  wish: BidWish,
  default_duration_s: number,
): Promise<EnteredBid | null> {
  const auction = await auctionFor(connection, wish);
  if (auction !== null && wish.duration_s !== null && wish.duration_s !== auction.duration_s) {
    const hours = formatDuration(auction.duration_s);
    throw misplaced("--duration", `${auction.auction_id} sells ${hours}`);
  }
  if (auction !== null && wish.life_ms !== null) {
    throw misplaced("--expires", `the bid stands in ${auction.auction_id} to its end`);
  }
  if (auction !== null && auction.format !== "english") {
    return await enterSealed(ctx, connection, auction, wish);
  }
  if (wish.cap_micros !== null) throw misplaced("--cap", "the bid is not sealed");
  const duration_s = auction?.duration_s ?? wish.duration_s ?? default_duration_s;
  return await enterOpen(ctx, connection, auction, { ...wish, duration_s });
}

/** The auction that a bid's GPU is on. Throws `own_gpu`. */
async function auctionFor(
  { client, node }: Connection,
  { gpu_id }: BidWish,
): Promise<AuctionView | null> {
  if (gpu_id === null) return null;
  const gpu = await client.gpu(gpu_id);
  if (node.settings.mode === "served" && gpu.owner === client.actor) {
    throw new HorizonError("own_gpu", `${gpu_id} is your own; you can't bid for it here.`);
  }
  return gpu.auction_id === null ? null : await client.auction(gpu.auction_id);
}

async function enterOpen(
  ctx: Context,
  { client, suffix }: Connection,
  auction: AuctionView | null,
  wish: BidWish & { duration_s: number },
): Promise<EnteredBid | null> {
  const { gpu_id, where, price_micros_per_hour, quantity, duration_s, life_ms } = wish;
  const hold_micros = holdMicros(price_micros_per_hour, duration_s) * quantity;
  const expires_at = life_ms === null ? null : ctx.io.clock.now() + life_ms;
  const plan = [
    headline(wish, auction, suffix),
    `  duration  ${formatDuration(duration_s)}`,
    `  held      ${formatDollars(hold_micros)}`,
    ...(expires_at === null ? [] : [`  expires   ${formatTime(expires_at)}`]),
  ];
  if (!await isWanted(ctx, plan, wish)) return null;
  const accepted = await client.submit("bid.place", {
    gpu_id,
    where,
    price_micros_per_hour,
    quantity,
    duration_s: auction === null ? duration_s : null,
    expires_at,
  });
  return { bid: await client.bid(String(accepted.data.bid_id)), opening: null };
}

async function enterSealed(
  ctx: Context,
  { client, node, suffix }: Connection,
  auction: AuctionView,
  wish: BidWish,
): Promise<EnteredBid | null> {
  const { available_micros, earned_micros } = await client.wallet();
  // Whoever has nothing may be new, and new actors are welcomed by their first intent.
  const spendable_micros = available_micros + earned_micros || node.settings.welcome_credit_micros;
  checkSpendable(bidCost(auction, wish), spendable_micros);
  const cap_micros = wish.cap_micros ?? defaultCap(auction, wish, spendable_micros);
  checkCap(auction, { ...wish, cap_micros });
  const plan = [
    headline(wish, auction, suffix),
    `  duration  ${formatDuration(auction.duration_s)}`,
    `  held      ${formatDollars(cap_micros)}, which everyone sees; what isn't used comes back`,
    `  opened    at the close, ${formatTime(auction.ends_at)}`,
  ];
  if (!await isWanted(ctx, plan, wish)) return null;
  return await sealBid(client, auction, { ...wish, cap_micros });
}

/** Shows the plan; the command line has agreed to it by its price. */
function isWanted(ctx: Context, plan: readonly string[], { dry_run }: BidWish): Promise<boolean> {
  return confirm(ctx, plan.join("\n"), { yes: false, "dry-run": dry_run }, true);
}

/** Throws `insufficient_funds`: the registry, whose refusals others may read, shouldn't name a cost. */
function checkSpendable(cost_micros: number, spendable_micros: number): void {
  if (cost_micros <= spendable_micros) return;
  const missing_micros = cost_micros - spendable_micros;
  throw new HorizonError(
    "insufficient_funds",
    `The bid may cost ${formatDollars(cost_micros)}, and you can spend ` +
      `${formatDollars(spendable_micros)}: ${formatDollars(missing_micros)} is missing.`,
    { details: { needed_micros: cost_micros, spendable_micros, missing_micros } },
  );
}

function headline(wish: BidWish, auction: AuctionView | null, suffix: string): string {
  const { price_micros_per_hour, quantity } = wish;
  const what = wish.gpu_id === null ? `any GPU with ${wish.where}` : wish.gpu_id + suffix;
  const units = quantity === 1 ? "" : `, ${quantity} GPUs`;
  const place = auction === null ? "" : ` in ${auction.auction_id}${suffix} (${auction.format})`;
  return `Bid ${formatDollars(price_micros_per_hour)} an hour for ${what}${units}${place}`;
}

function misplaced(flag: string, why: string): HorizonError {
  return new HorizonError("invalid_input", `${flag} has no place here: ${why}.`);
}
