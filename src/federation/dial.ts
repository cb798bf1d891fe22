import type { Transport } from "../client/transport.ts";
import { HorizonError } from "../base/errors.ts";
import { LIMITS } from "../protocol/limits.ts";
import { NodeUrl } from "../protocol/network.ts";
import { peerAddresses, type Resolve, systemResolve } from "./peer_address.ts";
import { openTunnel } from "./pinned_tunnel.ts";
import { bracketed, type Endpoint, endpointText, tcpConnect } from "./tcp_connect.ts";

/** A transport that reaches one checked address, whatever its name resolves to later. */
export interface PinnedTransport extends Transport {
  /** Where its requests go, such as "203.0.113.7:8420". */
  readonly endpoint: string;
  /** Throws `network` unless the address takes a TCP connection within `timeout_ms`. */
  probe(timeout_ms: number): Promise<void>;
}

/**
 * Opens a way to the registry at a URL; the caller closes it. Throws `invalid_input` (no URL of a
 * registry), `private_address`, or `network` (the name can't be resolved, or has several addresses
 * none of which takes a connection).
 */
export type Dial = (url: string) => Promise<PinnedTransport>;

export interface DialOptions {
  /** Lets peers have addresses that are not public: the operator's word. */
  private_peers: boolean;
  /** Instead of the system's resolver. */
  resolve?: Resolve;
  /** PEM texts of certificate authorities to trust besides the usual ones. */
  ca_certs?: string[];
}

/** The one way in which a registry makes requests to others. */
export function dialer(options: DialOptions): Dial {
  const { private_peers, resolve = systemResolve, ca_certs } = options;
  return async (text) => {
    const url = parseUrl(text);
    const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
    const addresses = await peerAddresses(url, private_peers, resolve);
    const endpoint = await firstOpen(addresses.map((address) => ({ address, port })));
    return pinned(text, url, endpoint, ca_certs);
  };
}

function parseUrl(text: string): URL {
  const parsed = NodeUrl.safeParse(text);
  if (parsed.success) return new URL(parsed.data);
  throw new HorizonError("invalid_input", "The registry's URL is not valid.", {
    fix:
      "Give an http:// or https:// URL without a user, a query, a fragment or a slash at its end.",
  });
}

/** Of several addresses the first that takes a connection; an only one is taken as it is. */
async function firstOpen(endpoints: Endpoint[]): Promise<Endpoint> {
  const [only] = endpoints;
  if (endpoints.length === 1 && only !== undefined) return only;
  try {
    return await Promise.any(endpoints.map(async (endpoint) => {
      await probe(endpoint, LIMITS.home_timeout_ms);
      return endpoint;
    }));
  } catch (cause) {
    const shown = endpoints.map(endpointText).join(", ");
    throw new HorizonError("network", `None of ${shown} can be reached.`, {
      cause,
      fix: "Check that the registry is running there and that no firewall drops the connection.",
    });
  }
}

async function probe(endpoint: Endpoint, timeout_ms: number): Promise<void> {
  (await tcpConnect(endpoint, timeout_ms)).close();
}

function pinned(
  base_url: string,
  url: URL,
  endpoint: Endpoint,
  ca_certs: string[] | undefined,
): PinnedTransport {
  const { origin } = url;
  const tunnel = url.protocol === "https:"
    ? openTunnel(`${url.hostname}:${endpoint.port}`, endpoint)
    : undefined;
  const proxy: Deno.Proxy = tunnel === undefined
    ? { transport: "tcp", hostname: bracketed(endpoint.address), port: endpoint.port }
    : { url: tunnel.url, basicAuth: tunnel.basicAuth };
  const client = clientBy(proxy, ca_certs);
  return {
    base_url,
    headers: {},
    endpoint: endpointText(endpoint),
    probe: (timeout_ms) => probe(endpoint, timeout_ms),
    // An async function, so that a refusal is a rejection.
    async fetch(request) {
      if (new URL(request.url).origin !== origin) {
        throw new HorizonError("internal", `A request to ${origin} named another origin.`);
      }
      // A redirect comes back as an answer, and the caller takes only successes for answers.
      return await fetch(new Request(request, { redirect: "manual" }), { client });
    },
    close() {
      client.close();
      tunnel?.close();
    },
  };
}

/**
 * A client that sends everything by `proxy`. Deno reads the proxy variables of the environment when
 * it makes a client, and a name in NO_PROXY would go past ours to a lookup of its own; so they are
 * not there at that moment.
 */
function clientBy(proxy: Deno.Proxy, ca_certs: string[] | undefined): Deno.HttpClient {
  const kept = ["NO_PROXY", "no_proxy"].map((name) => ({ name, value: Deno.env.get(name) }))
    .filter(({ value }) => value !== undefined);
  for (const { name } of kept) Deno.env.delete(name);
  try {
    return Deno.createHttpClient({
      proxy,
      ...(ca_certs === undefined ? {} : { caCerts: ca_certs }),
    });
  } finally {
    for (const { name, value } of kept) if (value !== undefined) Deno.env.set(name, value);
  }
}
