import { API_BASE } from "../../protocol/api.ts";
import { FEED_LINES_TYPE } from "../../protocol/network.ts";
import { EventsQuery, FeedQuery } from "../../protocol/queries.ts";
import { EVENT_TEXT, EVIDENCE, GPU, HEAD, LEASE, NODE, PEER, RECORD, SHA256 } from "./examples.ts";
import { BYTES, EVENT_STREAM, type Operation } from "./operation.ts";

const SETTINGS = {
  mode: "served",
  allow_software: false,
  welcome_credit_micros: 5_000_000,
  fee_bps: 250,
  offline_grace_ms: 30_000,
  badge_life_ms: 86_400_000,
};
const EVENT = {
  v: 1,
  seq: 12,
  prev: SHA256,
  at: LEASE.started_at,
  type: "gpu.online",
  data: { gpu_id: GPU.gpu_id },
};
const FEED_ERRORS = ["peers_only", "session_invalid", "invalid_input", "limit_reached"];
const OPERATOR = ["session_invalid", "forbidden"];

/** The feed, other registries, and the registry itself. */
export const NETWORK_OPERATIONS: readonly Operation[] = [
  {
    method: "get",
    path: `${API_BASE}/node`,
    id: "getNode",
    tag: "network",
    summary: "Who this registry is, what it decides by, and how far its feed is",
    answers: [{
      schema: "NodeInfo",
      example: {
        node_id: NODE,
        network: RECORD.network,
        protocol: RECORD.protocol,
        software: RECORD.software,
        settings: SETTINGS,
        head: { seq: HEAD.seq, hash: HEAD.hash },
        now: LEASE.started_at,
      },
    }],
  },
  {
    method: "get",
    path: `${API_BASE}/events`,
    id: "watchEvents",
    tag: "feed",
    summary: "The events of this registry as they become durable",
    about: "Each message's id is its event's seq; a client that was cut off goes on with " +
      "`Last-Event-ID`. Where the feed is for peers alone, a session of one is needed.",
    query: EventsQuery,
    headers: [{ name: "Last-Event-ID", summary: "The last seq that was seen", example: "11" }],
    answers: [{ type: EVENT_STREAM, schema: null, example: EVENT_TEXT }],
    errors: FEED_ERRORS,
  },
  {
    method: "get",
    path: `${API_BASE}/feeds/:node_id`,
    id: "readFeed",
    tag: "feed",
    summary: "The feed of a node that this registry holds, after a seq",
    about: "By `Accept`: a page, whole commits as lines, or commits as they come.",
    query: FeedQuery,
    answers: [
      { schema: "FeedPage", example: { events: [EVENT], checkpoint: HEAD } },
      { type: FEED_LINES_TYPE, schema: null },
      { type: EVENT_STREAM, schema: null },
    ],
    errors: [...FEED_ERRORS, "not_found"],
  },
  {
    method: "get",
    path: `${API_BASE}/peers`,
    id: "listPeers",
    tag: "network",
    summary: "Whom this registry knows, and how far it is behind them",
    answers: [{
      schema: "PeersView",
      example: { self: RECORD, head: HEAD, peers_only: false, peers: [PEER], evidence: [] },
    }],
  },
  {
    method: "post",
    path: `${API_BASE}/peers`,
    id: "connectPeer",
    tag: "network",
    summary: "Connects another registry, by its URL or its id",
    who: "operator",
    body: {
      schema: "ConnectRequest",
      example: { target: "https://registry.example", alias: "berlin" },
    },
    answers: [{ schema: "PeerView", example: PEER }],
    errors: [
      ...OPERATOR,
      "invalid_input",
      "own_node",
      "wrong_node",
      "peer_not_found",
      "quarantined",
      "private_address",
      "already_exists",
      "network",
      "timeout",
      "bad_gateway",
      "unsupported_version",
    ],
  },
  {
    method: "put",
    path: `${API_BASE}/peers/:node_id`,
    id: "introduceNode",
    tag: "network",
    summary: "A node tells, signed by itself, where it can be reached",
    body: { schema: "NodeRecord", example: RECORD },
    answers: [{ schema: "Empty", example: {} }],
    errors: ["invalid_input", "wrong_node", "unsupported_version", "peers_only", "limit_reached"],
  },
  {
    method: "delete",
    path: `${API_BASE}/peers/:node_id`,
    id: "disconnectPeer",
    tag: "network",
    summary: "Forgets a node and the replica of its feed",
    who: "operator",
    answers: [{ schema: "Empty", example: {} }],
    errors: [...OPERATOR, "peer_not_found"],
  },
  {
    method: "post",
    path: `${API_BASE}/peers/:node_id/sync`,
    id: "syncPeer",
    tag: "network",
    summary: "Pulls a node's feed now, and says what that changed",
    who: "operator",
    answers: [{
      schema: "SyncView",
      example: {
        node_id: NODE,
        from_seq: 40,
        to_seq: 42,
        appeared: [GPU.gpu_id],
        gone: [],
        changed: [],
      },
    }],
    errors: [...OPERATOR, "peer_not_found", "network", "timeout", "quarantined"],
  },
  {
    method: "get",
    path: `${API_BASE}/evidence`,
    id: "listEvidence",
    tag: "network",
    summary: "Signed proof, which anyone can check, that nodes have lied",
    answers: [{
      schema: "EvidencePage",
      example: { evidence: [{ id: SHA256, evidence: EVIDENCE }] },
    }],
    errors: ["peers_only", "session_invalid"],
  },
  {
    method: "get",
    path: `${API_BASE}/backup`,
    id: "takeBackup",
    tag: "network",
    summary: "All that this registry holds, while it runs",
    who: "operator",
    answers: [{ type: BYTES, schema: null }],
    errors: [...OPERATOR, "limit_reached"],
  },
  ...relayed(),
  {
    method: "get",
    path: "/healthz",
    id: "getHealth",
    tag: "health",
    summary: "Whether the process answers",
    answers: [{ schema: "Health", example: { status: "ok" } }],
  },
  {
    method: "get",
    path: "/readyz",
    id: "getReadiness",
    tag: "health",
    summary: "Whether it takes intents now",
    answers: [{ schema: "Readiness", example: { status: "ready", seq: 42 } }],
    errors: ["fenced", "no_leader", "clock_jumped"],
  },
  {
    method: "get",
    path: "/metrics",
    id: "getMetrics",
    tag: "health",
    summary: "Counters and gauges for Prometheus",
    answers: [{
      type: "text/plain",
      schema: null,
      example: "# HELP horizon_head_seq The last durable event.\n" +
        "# TYPE horizon_head_seq gauge\nhorizon_head_seq 42\n",
    }],
  },
  {
    method: "get",
    path: "/openapi.json",
    id: "getOpenApi",
    tag: "health",
    summary: "This document",
    answers: [{ schema: null }],
  },
];

/** A request for another registry, by way of this one, with each method that its routes take. */
function relayed(): Operation[] {
  const whatever = { schema: null };
  return (["get", "post", "put", "delete"] as const).map((method) => ({
    method,
    path: `${API_BASE}/homes/:node_id/*`,
    id: `${method}AtHome`,
    tag: "network",
    summary: "The same request to another registry, passed on as it is",
    about: "The path after the node's id is that of the other registry's route, and so are the " +
      "query, the body and the answer.",
    ...(method === "get" || method === "delete" ? {} : { body: whatever }),
    answers: [whatever],
    errors: ["peer_not_found", "quarantined", "home_unreachable", "not_allowed"],
  }));
}
