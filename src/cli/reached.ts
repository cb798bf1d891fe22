import type { Transport } from "../client/transport.ts";
import type { NodeInfo } from "../protocol/api.ts";

/** A registry that has said who it is, in this process or in another one. */
export interface ReachedRegistry {
  transport: Transport;
  node: NodeInfo;
  /** True if it runs inside this process. */
  embedded: boolean;
  /** Lets other commands on the data folder in, if this process holds it. May be called again. */
  becomeLocalServer(): Promise<void>;
  close(): Promise<void>;
}

/** A registry in another process: there is nothing to let in, and only the transport to close. */
export function remote(transport: Transport, node: NodeInfo): ReachedRegistry {
  return {
    transport,
    node,
    embedded: false,
    becomeLocalServer: () => Promise.resolve(),
    close: () => Promise.resolve(transport.close()),
  };
}
