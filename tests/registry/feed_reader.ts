import { FeedPage } from "../../src/protocol/api.ts";
import type { FeedEvent } from "../../src/protocol/feed.ts";
import type { TestRegistry } from "./harness.ts";

/** Every event of a registry's feed, as its own interface serves them. */
export async function readEventsOf(registry: TestRegistry): Promise<FeedEvent[]> {
  const events: FeedEvent[] = [];
  for (;;) {
    const response = await registry.fetch(
      `/v1/feeds/${registry.node.id}?after=${events.length}&limit=1000`,
    );
    const page = FeedPage.parse(await response.json());
    const some: FeedEvent[] = JSON.parse(JSON.stringify(page.events));
    events.push(...some);
    if (page.events.length === 0 || events.length >= page.checkpoint.seq) return events;
  }
}
