import { formatDollars } from "../../base/money.ts";
import { formatDuration } from "../../base/time_text.ts";
import type { AuctionView } from "../../protocol/auction.ts";
import { Layout } from "./layout.tsx";
import { Badge, Command, gpuHref, Scroll, Time, Until } from "./parts.tsx";

export interface AuctionsPageProps {
  /** Those that go on, the next to end first. */
  live: readonly AuctionView[];
  /** Those that are over, the newest first. */
  over: readonly AuctionView[];
  now_ms: number;
}

/** The auctions: those that go on, and the last that ended. */
export function AuctionsPage({ live, over, now_ms }: AuctionsPageProps) {
  return (
    <Layout title="Auctions" section="/auctions" live="/live?of=auctions" now_ms={now_ms}>
      <section aria-labelledby="going" data-part="live">
        <h2 id="going">Going on</h2>
        <Scroll label="Auctions that go on">
          {live.length === 0
            ? <p class="empty">None now.</p>
            : <AuctionTable auctions={live} isOver={false} />}
        </Scroll>
        {live.length > 0 ? null : (
          <>
            <p>An owner starts one by:</p>
            <Command>horizon auction start rig-1 --duration 2</Command>
          </>
        )}
      </section>
      <section aria-labelledby="over" data-part="over">
        <h2 id="over">Over</h2>
        <Scroll label="Auctions that are over">
          {over.length === 0
            ? <p class="empty">None of the last hour.</p>
            : <AuctionTable auctions={over} isOver />}
        </Scroll>
      </section>
    </Layout>
  );
}

function AuctionTable({ auctions, isOver }: { auctions: readonly AuctionView[]; isOver: boolean }) {
  return (
    <table>
      <thead>
        <tr>
          <th>Auction</th>
          <th>GPU</th>
          <th>{isOver ? "Ended" : "Ends"}</th>
          <th class="wide">Class</th>
          <th class="wide">Format</th>
          <th class="wide">Sells</th>
          <th class="number">Bids</th>
          <th class="number">{isOver ? "Sold at, $ an hour" : "Best, $ an hour"}</th>
          <th>State</th>
        </tr>
      </thead>
      <tbody>
        {auctions.map((auction) => (
          <tr>
            <td>
              <a href={`/auctions/${auction.auction_id}`}>{auction.auction_id}</a>
            </td>
            <td>
              <GpuLinks gpu_ids={auction.gpu_ids} />
            </td>
            <td>
              {isOver
                ? <Time at={auction.ended_at ?? auction.ends_at} />
                : <Until at={auction.ends_at} />}
            </td>
            <td class="wide text">{auction.class}</td>
            <td class="wide">{auction.format}</td>
            <td class="wide">{formatDuration(auction.duration_s)}</td>
            <td class="number">{auction.bids}</td>
            <td class="number">{priceText(auction, isOver)}</td>
            <td>
              <Badge word={auction.state} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The first GPU of an auction, and how many more there are. */
function GpuLinks({ gpu_ids: [first = "", ...others] }: { gpu_ids: readonly string[] }) {
  return (
    <>
      <a href={gpuHref(first)}>{first}</a>
      {others.length === 0 ? "" : ` and ${others.length} more`}
    </>
  );
}

/** What has been bid or paid; a sealed auction shows no bid before its close. */
function priceText(auction: AuctionView, isOver: boolean): string {
  const { price_micros_per_hour, best_micros_per_hour, format } = auction;
  const micros = isOver ? price_micros_per_hour : best_micros_per_hour;
  if (micros !== null) return formatDollars(micros).slice(1);
  if (isOver) return "not sold";
  return format === "english" ? "none yet" : "sealed";
}
