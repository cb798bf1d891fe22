import { API_BASE } from "../../protocol/api.ts";

/** Public reads that every process answers from its own replica, by the first part of their path. */
const REPLICATED: ReadonlySet<string> = new Set([
  "auctions",
  "bids",
  "events",
  "gpus",
  "jobs",
  "leases",
  "node",
  "prices",
  "wallet",
]);

/**
 * True for what any process of the registry may answer: public reads of the market and of its own
 * feed, and what is asked of the process itself. All else (writes, what needs a session, what only the
 * leader has) is the leader's.
 */
export function isLocalRead(request: Request, node_id: string): boolean {
  const { pathname } = new URL(request.url);
  const [, base, kind = "", name] = pathname.split("/");
  if (`/${base}` !== API_BASE) return true;
  const { method, headers } = request;
  if ((method !== "GET" && method !== "HEAD") || headers.has("authorization")) return false;
  return REPLICATED.has(kind) || (kind === "feeds" && name === node_id);
}
