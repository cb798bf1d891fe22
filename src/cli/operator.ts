import { HorizonError } from "../base/errors.ts";
import { loadKeyFile, NODE_KEY_FILE } from "../base/keyfile.ts";
import type { Client } from "../client/client.ts";
import type { FlagSpecs } from "./command.ts";
import type { Connection } from "./connect.ts";

/** The flag that says where the registry's own key lies. */
export const OPERATOR_FLAGS = {
  data: { kind: "text", value: "<folder>", summary: "the registry's data folder" },
} as const satisfies FlagSpecs;

/**
 * The registry with its own key as the signer, which only who may read its data folder has. Throws
 * `forbidden` where that folder is another registry's, and what reading the key throws.
 */
export async function asOperator(
  connection: Connection,
  folder: string | undefined,
): Promise<Client> {
  const node = await loadKeyFile(`${folder ?? connection.folder}/${NODE_KEY_FILE}`);
  if (node.id === connection.node.node_id) return connection.client.as(node);
  throw new HorizonError("forbidden", "Only the registry's operator can do this.", {
    fix: "Run this where the registry's data folder is, and name it with --data.",
  });
}
