import { formatDollars } from "../../base/money.ts";
import { formatDuration } from "../../base/time_text.ts";
import { leastEnglishBid } from "../../market/market.ts";
import type { AuctionView, BidView } from "../../protocol/auction.ts";
import { TimeChart } from "./charts.tsx";
import { Layout } from "./layout.tsx";
import { Badge, Command, type Fact, Facts, gpuHref, Scroll, Time, Until } from "./parts.tsx";

export interface AuctionPageProps {
  auction: AuctionView;
  /** Its latest bids, the newest first. */
  bids: readonly BidView[];
  now_ms: number;
}

/** One auction, with its bids as they come. */
export function AuctionPage({ auction, bids, now_ms }: AuctionPageProps) {
  const { auction_id, format, state } = auction;
  const priced = bids.flatMap(({ price_micros_per_hour, placed_at }) =>
    price_micros_per_hour === null ? [] : [{ at: placed_at, value: price_micros_per_hour }]
  );
  return (
    <Layout
      title={auction_id}
      section="/auctions"
      live={`/live?of=auction&id=${auction_id}`}
      now_ms={now_ms}
    >
      <div data-part="facts">
        <Facts of={factsOf(auction)} />
      </div>
      <section aria-labelledby="bid" data-part="bid">
        <h2 id="bid">{state === "open" ? "Bid" : "Check it"}</h2>
        {state === "open"
          ? (
            <Command>
              horizon bid {auction.gpu_ids[0]} --price{" "}
              {formatDollars(leastEnglishBid(auction)).slice(1)}
            </Command>
          )
          : <Command>horizon auction verify {auction_id}</Command>}
        {state !== "open" || format === "english"
          ? null
          : <p>Bids are sealed: their prices are shown after the close.</p>}
      </section>
      <section aria-labelledby="bids" data-part="bids">
        <h2 id="bids">Bids</h2>
        {priced.length < 2 ? null : (
          <TimeChart
            label="Bids, dollars an hour"
            points={priced.reverse()}
            text={(micros) => formatDollars(Math.round(micros))}
          />
        )}
        <Scroll label="Bids">
          {bids.length === 0
            ? <p class="empty">{auction.bids === 0 ? "None yet." : "They are in the feed."}</p>
            : <BidTable bids={bids} />}
        </Scroll>
        {bids.length === 0 || bids.length >= auction.bids
          ? null
          : <p class="soft">The latest {bids.length} of {auction.bids}.</p>}
      </section>
    </Layout>
  );
}

function factsOf(auction: AuctionView): Fact[] {
  const { gpu_ids, best_micros_per_hour: best, price_micros_per_hour: price, ended_at } = auction;
  return [
    ["State", <Badge word={auction.state} />],
    ...(auction.reason === null ? [] : [["Reason", auction.reason] as const]),
    [
      gpu_ids.length === 1 ? "GPU" : "GPUs",
      <>
        {gpu_ids.map((gpu_id) => (
          <>
            <a href={gpuHref(gpu_id)}>{gpu_id}</a>
            {" "}
          </>
        ))}
      </>,
    ],
    ["Class", auction.class],
    ["Sells", `${formatDuration(auction.duration_s)} of each`],
    ["Format", auction.format],
    ["Reserve", `${formatDollars(auction.reserve_micros_per_hour)} an hour`],
    ...(best === null ? [] : [["Best bid", `${formatDollars(best)} an hour`] as const]),
    ...(price === null ? [] : [["Sold at", `${formatDollars(price)} an hour`] as const]),
    ...auction.winners.map(({ bid_id, bidder, units }) =>
      [
        "Winner",
        <>
          {bid_id} of <code>{bidder}</code>, {units === 1 ? "1 unit" : `${units} units`}
        </>,
      ] as const
    ),
    ["Started", <Time at={auction.started_at} />],
    ended_at === null
      ? ["Ends", <Until at={auction.ends_at} />]
      : ["Ended", <Time at={ended_at} />],
  ];
}

function BidTable({ bids }: { bids: readonly BidView[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th>Bid</th>
          <th class="wide">Bidder</th>
          <th class="number">$ an hour</th>
          <th class="number">Units</th>
          <th>State</th>
          <th>Placed</th>
        </tr>
      </thead>
      <tbody>
        {bids.map((bid) => (
          <tr>
            <td>{bid.bid_id}</td>
            <td class="wide">
              <code>{bid.bidder.slice(0, 16)}…</code>
            </td>
            <td class="number">
              {bid.price_micros_per_hour === null
                ? "sealed"
                : formatDollars(bid.price_micros_per_hour).slice(1)}
            </td>
            <td class="number">{bid.quantity}</td>
            <td>
              <Badge word={bid.reason ?? bid.state} />
            </td>
            <td>
              <Time at={bid.placed_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
