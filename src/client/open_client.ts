import { HorizonError } from "../base/errors.ts";
import type { Identity } from "../base/identity.ts";
import { Client, fetchNode } from "./client.ts";
import { type HttpOptions, httpTransport } from "./transport.ts";

/** Who talks to which registry, and how long. */
export interface OpenOptions extends HttpOptions {
  /** Signs what is asked for. */
  identity: Identity;
  /** The registry's node id, where it is known: another one that answers there is refused. */
  node_id?: string;
  /** Aborts every request. */
  signal?: AbortSignal;
}

/**
 * The registry at a URL, for one actor. Throws `network`, `timeout`, `bad_gateway`,
 * `unsupported_version`, or `wrong_node`.
 */
export async function openClient(url: string, options: OpenOptions): Promise<Client> {
  const { identity, node_id, signal, ...http } = options;
  const aborted = signal === undefined ? {} : { signal };
  const transport = httpTransport(url, http);
  try {
    const node = await fetchNode(transport, aborted);
    if (node_id !== undefined && node.node_id !== node_id) throw otherNode(url, node.node_id);
    return new Client({ transport, identity, node_id: node.node_id, ...aborted });
  } catch (thrown) {
    transport.close();
    throw thrown;
  }
}

function otherNode(url: string, found: string): HorizonError {
  return new HorizonError("wrong_node", `At ${url} answers ${found}.`, {
    fix: "Ask the registry's operator for its node id.",
  });
}
