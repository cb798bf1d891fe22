import { HorizonError } from "../../base/errors.ts";
import { canonicalJson } from "../../base/json.ts";
import { API_BASE } from "../../protocol/api.ts";
import type { Message } from "./codecs.ts";

/** A request to the HTTP interface that a call stands for. */
export interface HttpRequest {
  method: "GET" | "POST";
  path: string;
  body?: string;
}

/** How a unary call is asked and answered over the registry's HTTP interface. */
export interface UnaryMethod {
  /** Throws `invalid_input`. */
  request(message: Message): HttpRequest;
  /** The answer's message, from its JSON; as it is unless given. */
  answer?(json: Message): Message;
}

/** A read at a path; what of the message isn't in the path is its query. */
function read(path: string): UnaryMethod {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
  return {
    request: (message) => {
      const { [inPath[0] ?? ""]: id, ...query } = message;
      const filled = inPath.length === 0 ? path : path.replace(/:\w+/, segment(id));
      return { method: "GET", path: API_BASE + filled + queryOf(query) };
    },
  };
}

/** The unary methods of horizon.v1.Marketplace. */
export const UNARY: Readonly<Record<string, UnaryMethod>> = {
  GetNode: read("/node"),
  ListGpus: read("/gpus"),
  GetGpu: read("/gpus/:gpu_id"),
  GetProof: read("/gpus/:gpu_id/proof"),
  ListProofs: read("/gpus/:gpu_id/proofs"),
  ListLeases: read("/leases"),
  GetLease: read("/leases/:lease_id"),
  ListJobs: read("/jobs"),
  GetJob: read("/jobs/:job_id"),
  ListAuctions: read("/auctions"),
  GetAuction: read("/auctions/:auction_id"),
  ListBids: read("/bids"),
  GetBid: read("/bids/:bid_id"),
  ListPrices: read("/prices"),
  GetWallet: read("/wallet/:actor"),
  ListMovements: read("/wallet/:actor/history"),
  ListPeers: read("/peers"),
  ReadJobLog: { request: (message) => jobLog(message, false) },
  SubmitIntents: {
    request: ({ envelopes }) => post("/intents", { envelopes: listOf(envelopes).map(envelopeOf) }),
    answer: receiptOf,
  },
  OpenSession: { request: ({ envelope }) => post("/sessions", envelopeOf(envelope)) },
};

/** The streams of horizon.v1.Marketplace: server-sent events, and the message of each one's data. */
export const STREAMS: Readonly<
  Record<string, {
    request(message: Message): HttpRequest;
    item(data: string): Message;
  }>
> = {
  WatchEvents: {
    request: (message) => ({ method: "GET", path: `${API_BASE}/events${queryOf(message)}` }),
    item: (data) => {
      const { seq, at, type } = parse(data);
      return { seq, at, type, json: data };
    },
  },
  WatchJobLog: { request: (message) => jobLog(message, true), item: parse },
};

function jobLog({ job_id, kinds, ...query }: Message, follow: boolean): HttpRequest {
  const names = listOf(kinds).map(String).join(",");
  const asked = { ...query, ...(names === "" ? {} : { kinds: names }), follow };
  return { method: "GET", path: `${API_BASE}/jobs/${segment(job_id)}/logs${queryOf(asked)}` };
}

function post(path: string, body: unknown): HttpRequest {
  return { method: "POST", path: API_BASE + path, body: JSON.stringify(body) };
}

/** One part of a path: an empty one would be another route. */
function segment(id: unknown): string {
  if (typeof id === "string" && id !== "") return encodeURIComponent(id);
  throw new HorizonError("invalid_input", "The id is missing.");
}

function queryOf(query: Message): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? "" : `?${text}`;
}

function envelopeOf(value: unknown): unknown {
  const { intent_json, sig } = recordOf(value);
  try {
    return { intent: JSON.parse(String(intent_json)), sig };
  } catch (cause) {
    throw new HorizonError("invalid_input", "intent_json is not JSON.", { cause });
  }
}

/** A receipt with its results as messages; its signature is over the JSON. */
function receiptOf(json: Message): Message {
  const results = listOf(json.results).map((value) => {
    const { data, details, ...result } = recordOf(value);
    return {
      ...result,
      ...(data === undefined ? {} : { data_json: JSON.stringify(data) }),
      ...(details === undefined || details === null
        ? {}
        : { details_json: JSON.stringify(details) }),
    };
  });
  return { ...json, results, json: canonicalJson(json) };
}

function parse(text: string): Message {
  return recordOf(JSON.parse(text));
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function recordOf(value: unknown): Message {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
