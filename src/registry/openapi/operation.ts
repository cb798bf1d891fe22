import type * as z from "zod";
import type { AnswerName, RequestName } from "./schemas.ts";

/** Who may ask: a session of anyone's, or one of those who are named. Absent: everybody. */
export type Who = "session" | "operator" | "provider" | "renter or provider";

/** A body, by the name of its schema where it is JSON, with an example of it. */
export interface Content<Name> {
  /** `application/json` unless given. */
  type?: string;
  /** Null for bytes and texts. */
  schema: Name | null;
  example?: unknown;
}

/** A header that a request may have. */
export interface Header {
  name: string;
  summary: string;
  example: string;
}

/** One route as the document tells it. */
export interface Operation {
  method: "get" | "post" | "put" | "delete";
  /** As the router has it: "/v1/gpus/:gpu_id". */
  path: string;
  /** Unique, as a method of a client would be called. */
  id: string;
  tag: Tag;
  /** One sentence. */
  summary: string;
  /** What a reader should know beyond it. */
  about?: string;
  who?: Who;
  query?: z.ZodObject;
  headers?: readonly Header[];
  body?: Content<RequestName>;
  /** What the answer of 200 holds, in one form or another. */
  answers: readonly Content<AnswerName>[];
  /** Codes of its own; those that any route can answer are added. */
  errors?: readonly string[];
}

/** Groups of routes, with what they are for. */
export const TAGS = {
  market:
    "GPUs, leases, jobs, auctions, bids and prices: public, and read from memory or the archive.",
  money: "What actors have, and how it moved. Public, as the feed is.",
  intents: "The one way to change anything: signed intents. A session stands for a signature.",
  jobs: "Private side-cars of jobs: files and logs.",
  proof: "The stages of a proof of GPU, timed by the registry.",
  provider: "Where a provider's daemon asks for work.",
  feed: "The ordered, signed history, as pages and as streams.",
  network: "Other registries.",
  health: "For supervisors and monitors.",
} as const;
export type Tag = keyof typeof TAGS;

export const EVENT_STREAM = "text/event-stream";
export const BYTES = "application/octet-stream";
