import * as z from "zod";
import { LIMITS } from "./limits.ts";

/** Versions of the KV Connect protocol that this program speaks. */
export const KV_CONNECT_VERSIONS = [2, 3] as const;

/** What a shared store answers to the exchange of metadata, which begins every connection. */
export const KvConnectMetadata = z.object({
  version: z.literal(KV_CONNECT_VERSIONS),
  databaseId: z.string().min(1).max(LIMITS.name_chars),
  endpoints: z.array(z.object({
    url: z.string().min(1).max(LIMITS.text_chars),
    consistency: z.string().max(LIMITS.name_chars),
  })).min(1).max(LIMITS.store_endpoints),
  /** What the data path is asked with: a secret. */
  token: z.string().min(1).max(LIMITS.store_token_chars),
  expiresAt: z.iso.datetime({ offset: true }),
});
export type KvConnectMetadata = z.infer<typeof KvConnectMetadata>;
