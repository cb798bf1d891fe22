import * as z from "zod";
import { GpuView } from "./gpu.ts";
import { LIMITS } from "./limits.ts";
import { ActorId, GpuId, Line, Sha256Hex, SignatureText, TimeMs } from "./text.ts";

/** Media type of a feed as its registry committed it: see `feed_lines.ts`. */
export const FEED_LINES_TYPE = "application/x-ndjson";

/** Where a registry can be reached: http(s), without user, query or fragment, no slash at its end. */
export const NodeUrl = z.string().max(LIMITS.url_chars).refine((text) => {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" &&
    url.password === "" && url.search === "" && url.hash === "" && !text.endsWith("/");
}, "an http:// or https:// URL without a user, a query or a fragment");

/** A local name for a node, as in `rig-1@berlin`; it can't be mistaken for a node id. */
export const NodeAlias = z.string().max(LIMITS.alias_chars).regex(
  /^(?!z6Mk)[a-z0-9][a-z0-9-]*$/,
  "lower-case letters, digits and '-', not like a node id",
);

/** What a registry says of itself to its peers; `sig` is over the RFC 8785 bytes of the rest. */
export const NodeRecord = z.strictObject({
  v: z.literal(1),
  node_id: ActorId,
  /** Empty for one that can't be reached from outside: its peers wait for it to come. */
  urls: z.array(NodeUrl).max(LIMITS.node_urls),
  network: Line.max(LIMITS.name_chars),
  protocol: z.int().min(1),
  software: Line.max(LIMITS.name_chars),
  /** A later record has a higher one: milliseconds since the Unix epoch. */
  seq: TimeMs,
  sig: SignatureText,
});
export type NodeRecord = z.infer<typeof NodeRecord>;

/** A signed head of a feed (`feed.ts`). */
export const SignedHead = z.strictObject({
  seq: z.int().min(1),
  hash: Sha256Hex,
  node: ActorId,
  epoch: z.int().min(1),
  sig: SignatureText,
});
export type SignedHead = z.infer<typeof SignedHead>;

/**
 * How far a node's feed is believed: `checked`, each event was decided again; `unverified`, it follows
 * rules that this version doesn't know; `quarantined`, its node has lied, and there is evidence.
 */
export const TRUST = ["checked", "unverified", "quarantined"] as const;

/** How a node stands to this registry now. `behind`: it shows less than it has signed before. */
export const PEER_STATES = ["live", "catching_up", "unreachable", "behind", "stopped"] as const;

/** Another registry, as this one sees it. */
export const PeerView = z.strictObject({
  node_id: ActorId,
  alias: NodeAlias.nullable(),
  /** True if the operator connected it; others were learned from peers. */
  connected: z.boolean(),
  record: NodeRecord.nullable(),
  /** Who follows whom: `out`, we it; `in`, it us. */
  direction: z.enum(["out", "in", "both", "none"]),
  state: z.enum(PEER_STATES),
  trust: z.enum(TRUST),
  /** What this registry durably holds of its feed; null before the first commit. */
  head: SignedHead.nullable(),
  /** Events that it has and this registry lacks, as of the last contact. */
  lag_events: z.int().min(0).nullable(),
  /** How long this registry has not been up to date with it; 0 if it is. */
  lag_ms: z.int().min(0).nullable(),
  last_contact_at: TimeMs.nullable(),
  round_trip_ms: z.number().min(0).nullable(),
  /** Its GPUs that can be rented now. */
  listings: z.int().min(0),
  /** Why it is unreachable, unverified, behind or quarantined, in words that name the event. */
  reason: z.string().max(LIMITS.text_chars).nullable(),
});
export type PeerView = z.infer<typeof PeerView>;

/** `GET /peers`: what peers tell each other, and what `network status` shows. */
export const PeersView = z.strictObject({
  self: NodeRecord,
  /** This registry's own head; null before the first commit. */
  head: SignedHead.nullable(),
  /** True if it serves its feed to connected peers alone. */
  peers_only: z.boolean(),
  peers: z.array(PeerView).max(LIMITS.peers),
  /** Ids of the evidence that it keeps, newest first. */
  evidence: z.array(Sha256Hex).max(LIMITS.evidence_kept),
});
export type PeersView = z.infer<typeof PeersView>;

/** `POST /peers`, of the operator: connects a node by its id, if it is known, or by its URL. */
export const ConnectRequest = z.strictObject({
  target: z.union([ActorId, NodeUrl]),
  alias: NodeAlias.nullable(),
});
export type ConnectRequest = z.infer<typeof ConnectRequest>;

/** `POST /peers/:node_id/sync`: what a pull of its feed, made now, has changed. */
export const SyncView = z.strictObject({
  node_id: ActorId,
  from_seq: z.int().min(0),
  to_seq: z.int().min(0),
  /** GPUs that can be rented now and could not before, and the other way round. */
  appeared: z.array(GpuId).max(LIMITS.sync_changes),
  gone: z.array(GpuId).max(LIMITS.sync_changes),
  /** Those among the rest whose price or proof is another. */
  changed: z.array(GpuId).max(LIMITS.sync_changes),
});
export type SyncView = z.infer<typeof SyncView>;

/**
 * Proof that a node has lied, which anyone can check. `fork`: `a` and `b` are signed in one epoch, and
 * the events from `a.seq` to `b.seq` show that they don't lie on one chain (none where both have one
 * seq). `transition`: the events after `a` (null: from the first on) up to `b` don't follow.
 */
export const Evidence = z.strictObject({
  v: z.literal(1),
  kind: z.enum(["fork", "transition"]),
  node: ActorId,
  a: SignedHead.nullable(),
  b: SignedHead,
  /** RFC 8785 texts of the events: at most `evidence_bytes` together. */
  events: z.array(z.string()).max(LIMITS.evidence_events).refine(
    (texts) => texts.reduce((sum, { length }) => sum + length, 0) <= LIMITS.evidence_bytes,
    "too many characters of events",
  ),
  /** What is wrong, in words that name the event. */
  message: z.string().max(LIMITS.text_chars),
  found_at: TimeMs,
});
export type Evidence = z.infer<typeof Evidence>;

/** Evidence with its id: the SHA-256 of the RFC 8785 bytes of {kind, node, a, b}. */
export const EvidenceView = z.strictObject({ id: Sha256Hex, evidence: Evidence });
export type EvidenceView = z.infer<typeof EvidenceView>;
/** `GET /evidence`: newest first. */
export const EvidencePage = z.strictObject({
  evidence: z.array(EvidenceView).max(LIMITS.evidence_kept),
});
export type EvidencePage = z.infer<typeof EvidencePage>;

/** The copy of the listings that `list-gpus --offline` reads. */
export const ListingCopy = z.strictObject({
  v: z.literal(1),
  registry: ActorId,
  as_of: TimeMs,
  /** The names of other home registries then. */
  peers: z.array(z.strictObject({ node_id: ActorId, alias: NodeAlias.nullable() }))
    .max(LIMITS.peers),
  gpus: z.array(GpuView).max(LIMITS.gpus),
});
export type ListingCopy = z.infer<typeof ListingCopy>;
