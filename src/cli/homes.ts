import type { Homes } from "../provider/homes.ts";
import { type Connection, registryUrl } from "./connect.ts";
import type { Context } from "./context.ts";

/**
 * The person's record of the GPUs' homes; null on the person's own embedded registry, where nobody else
 * can rent. What a registry elsewhere says of itself doesn't count.
 */
export async function homesOf(
  ctx: Context,
  { node, identity }: Connection,
): Promise<Homes | null> {
  const isOwn = await registryUrl(ctx) === null;
  if (isOwn && node.settings.mode === "embedded") return null;
  const { Homes } = await import("../provider/homes.ts");
  return new Homes(ctx.folders.data, identity);
}
