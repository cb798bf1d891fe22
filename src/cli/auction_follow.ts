import { HorizonError } from "../base/errors.ts";
import type { Client, StreamedEvent } from "../client/client.ts";
import type { AuctionView } from "../protocol/auction.ts";
import { AWAY_CODES } from "../protocol/codes.ts";

/** How long a follower waits for a registry that went away. */
const PATIENCE_MS = 60_000;
/** Between two looks at a registry that is away, or whose stream ended early. */
const RETRY_MS = 500;
/** Events after which an auction needs another look. */
const ENDS: ReadonlySet<string> = new Set(["auction.cleared", "auction.cancelled"]);

/**
 * Follows an auction to its end, each event about it to `onEvent` once and in order, and returns it as
 * it ended. Survives a registry that restarts. Throws `interrupted` when the signal aborts, `network`
 * and the like once the registry was away for too long, or what it refuses.
 */
export async function followAuction(
  client: Client,
  auction_id: string,
  signal: AbortSignal,
  onEvent: (event: StreamedEvent) => void = () => {},
): Promise<AuctionView> {
  let after = (await client.node()).head.seq;
  let heard_ms = performance.now();
  while (true) {
    try {
      const auction = await client.auction(auction_id);
      if (auction.ended_at !== null) return auction;
      for await (const event of client.events(after, signal)) {
        after = event.seq;
        heard_ms = performance.now();
        if (event.data.auction_id !== auction_id) continue;
        onEvent(event);
        if (ENDS.has(event.type)) return await client.auction(auction_id);
      }
    } catch (thrown) {
      const mayPass = thrown instanceof HorizonError && AWAY_CODES.has(thrown.code);
      if (!mayPass || performance.now() - heard_ms >= PATIENCE_MS) throw thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
