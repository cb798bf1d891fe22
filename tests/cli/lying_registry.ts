import { encodeBase64Url } from "@std/encoding/base64url";
import { sha256Hex } from "../../src/base/hash.ts";
import type { Identity } from "../../src/base/identity.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import { loadKeyFile, NODE_KEY_FILE } from "../../src/base/keyfile.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import type { Served } from "./served.ts";

/** What lies change of the data of an auction's events; each type has some of it. */
interface LyingData {
  bid_id: string;
  bidder: string;
  hold_micros: number;
  price_micros_per_hour: number;
  reserve_micros_per_hour: number;
  fills: { bid_id: string }[];
  openings: { bid_id: string; price_micros_per_hour: number }[];
  dropped: { bid_id: string; reason: string }[];
}

/** An event of the feed, to be changed. */
export interface LyingEvent {
  seq: number;
  prev: string;
  type: string;
  data: LyingData;
  intent?: { intent: { actor: string }; sig: string };
}

interface Page {
  events: LyingEvent[];
  checkpoint: Record<string, unknown>;
}

/** How a registry lies: it changes its feed in place. */
export type Lie = (events: LyingEvent[]) => void;

export interface LyingRegistry extends AsyncDisposable {
  url: string;
}

/**
 * Stands before a registry and changes the feed that it shows. With the node's key it is the registry
 * itself that lies: chain and checkpoint are made anew. Without it somebody in between does.
 */
export function lieAbout(served: Served, lie: Lie, hasKey: boolean): LyingRegistry {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const url = new URL(request.url);
    const target = `${served.url}${url.pathname}`;
    if (!url.pathname.startsWith("/v1/feeds/")) {
      return await fetch(`${target}${url.search}`, request);
    }
    const page: Page = await (await fetch(`${target}?limit=${LIMITS.page_max}`)).json();
    lie(page.events);
    if (hasKey) await sign(page, await loadKeyFile(`${served.folder}/${NODE_KEY_FILE}`));
    const after = Number(url.searchParams.get("after") ?? 0);
    page.events = page.events.filter(({ seq }) => seq > after);
    return Response.json(page);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function sign(page: Page, node: Identity): Promise<void> {
  let hash = page.events[0]?.prev ?? "";
  for (const event of page.events) {
    event.prev = hash;
    hash = sha256Hex(canonicalBytes(event));
  }
  const { sig: _old, ...rest } = page.checkpoint;
  const head = { ...rest, hash };
  const sig = encodeBase64Url(await node.signAsync(canonicalBytes(head)));
  page.checkpoint = { ...head, sig };
}
