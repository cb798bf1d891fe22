import type { Services } from "../services.ts";
import { NetworkPage } from "./network_page.tsx";
import { ownUrl } from "./own_url.ts";
import { htmlBytes, page } from "./show.ts";

/** The page of the network. Evidence is for readers of the feed, who are connected where it is private. */
export async function networkPage(request: Request, services: Services) {
  const { federation, clock } = services;
  const view = await federation.view();
  const evidence = view.peers_only ? [] : federation.evidence.page().evidence;
  const url = await ownUrl(request, services);
  return page(
    await htmlBytes(
      <NetworkPage view={view} evidence={evidence} url={url} now_ms={clock.now()} />,
    ),
  );
}
