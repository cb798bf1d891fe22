import { API_BASE } from "../protocol/api.ts";

/** A way to a registry: over HTTP, or the fetch of one inside this process. */
export interface Transport {
  /** URL in front of /v1, without a slash at its end. */
  readonly base_url: string;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  fetch(request: Request): Promise<Response>;
  /** Lets its connections go. */
  close(): void;
}

export interface HttpOptions {
  headers?: Record<string, string>;
  /** PEM texts of certificate authorities to trust besides the usual ones. */
  ca_certs?: string[];
}

/** A registry over HTTP or HTTPS. Redirects are not followed: they would carry a token elsewhere. */
export function httpTransport(base_url: string, options: HttpOptions = {}): Transport {
  const { headers = {}, ca_certs } = options;
  const client = ca_certs === undefined ? undefined : Deno.createHttpClient({ caCerts: ca_certs });
  return {
    base_url: base_url.replace(/\/+$/, ""),
    headers,
    fetch: (request) => client === undefined ? fetch(request) : fetch(request, { client }),
    close: () => client?.close(),
  };
}

/** The way to a node through another registry, which passes requests on and answers back unchanged. */
export function homeTransport(transport: Transport, node_id: string): Transport {
  return {
    base_url: `${transport.base_url}${API_BASE}/homes/${node_id}`,
    headers: transport.headers,
    fetch: (request) => transport.fetch(request),
    close: () => transport.close(),
  };
}

/** A registry inside this process. */
export function inProcessTransport(handler: (request: Request) => Promise<Response>): Transport {
  return { base_url: "http://embedded.invalid", headers: {}, fetch: handler, close() {} };
}
