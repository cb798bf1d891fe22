import { HorizonError } from "../base/errors.ts";
import type { Identity } from "../base/identity.ts";
import { VERSION } from "../base/version.ts";
import { NETWORK, PROTOCOL_VERSION } from "../protocol/feed.ts";
import type { NodeRecord } from "../protocol/network.ts";
import { isSignedBy, signed } from "../protocol/signed.ts";

/** What a registry says of itself, signed; `seq` is its time, so that a later record replaces it. */
export async function makeNodeRecord(
  node: Identity,
  urls: readonly string[],
  now_ms: number,
): Promise<NodeRecord> {
  const record = {
    v: 1 as const,
    node_id: node.id,
    urls: [...urls],
    network: NETWORK,
    protocol: PROTOCOL_VERSION,
    software: `horizon/${VERSION}`,
    seq: now_ms,
  };
  return await signed(record, node);
}

/** Throws `wrong_node` or `unsupported_version` unless the record is its node's, of this network. */
export async function checkNodeRecord(record: NodeRecord): Promise<void> {
  if (record.network !== NETWORK || record.protocol !== PROTOCOL_VERSION) {
    const theirs = `${record.network}, protocol ${record.protocol}`;
    throw new HorizonError("unsupported_version", `${record.node_id} speaks ${theirs}.`);
  }
  if (await isSignedBy(record, record.node_id)) return;
  throw new HorizonError("wrong_node", `The record of ${record.node_id} is not signed by it.`);
}
