import * as z from "zod";
import { LIMITS } from "./limits.ts";
import { Sha256Hex } from "./text.ts";

const Size = z.int().min(0).max(LIMITS.blob_bytes);

/** How far the caller's own copy of a blob has come at the registry. */
export const BlobStatus = z.strictObject({
  sha256: Sha256Hex,
  /** Null where nobody has said yet. */
  size_bytes: Size.nullable(),
  /** Where an upload that was cut off goes on. */
  received_bytes: Size,
  /** True once all bytes are here, have their hash, and are durable. */
  complete: z.boolean(),
});
export type BlobStatus = z.infer<typeof BlobStatus>;

/** Where in a blob a part of it begins, and how long the whole is. */
export const BlobPartQuery = z.strictObject({
  offset: z.coerce.number().pipe(Size),
  size: z.coerce.number().pipe(Size),
});
