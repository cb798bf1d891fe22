import * as z from "zod";
import { ActorId } from "./text.ts";

/** Name of the file in a data folder that says where its holder listens; mode 0600. */
export const LOCAL_FILE = "local.json";

/** How a command reaches the process that holds the data folder (DESIGN §2). */
export const LocalAccess = z.strictObject({
  node_id: ActorId,
  /** Base URL, without a path: http://127.0.0.1:41234. */
  url: z.url().max(256),
  /** Value of the `X-Horizon-Local` header that every request needs; null where none is asked for. */
  token: z.string().min(32).max(128).nullable(),
});
export type LocalAccess = z.infer<typeof LocalAccess>;
