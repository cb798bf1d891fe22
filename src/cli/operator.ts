import { join } from "node:path";
import { HorizonError } from "../base/errors.ts";
import type { Identity } from "../base/identity.ts";
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
 * `forbidden` where that folder is another registry's or none's, and what reading the key throws.
 */
export async function asOperator(
  connection: Connection,
  folder: string | undefined,
): Promise<Client> {
  const node = await operatorKey(folder ?? connection.folder);
  if (node.id === connection.node.node_id) return connection.client.as(node);
  throw notOperator("Only the registry's operator can do this.");
}

/**
 * The registry's own key in a data folder. Throws `forbidden` where there is none, and what reading it
 * throws.
 */
export async function operatorKey(folder: string): Promise<Identity> {
  return await loadKeyFile(join(folder, NODE_KEY_FILE)).catch((thrown) => {
    if (!(thrown instanceof HorizonError) || thrown.code !== "key_missing") throw thrown;
    throw notOperator(
      `${folder} holds no key of a registry; only its operator can do this.`,
      thrown,
    );
  });
}

function notOperator(message: string, cause?: unknown): HorizonError {
  return new HorizonError("forbidden", message, {
    fix: "Run this where the registry's data folder is, and name it with --data.",
    cause,
  });
}
