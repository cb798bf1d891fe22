import { HorizonError, messageOf } from "../../base/errors.ts";
import { KV_CONNECT_VERSIONS, KvConnectMetadata } from "../../protocol/kv_connect.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { readBounded } from "./read_bounded.ts";

/** Where a shared store is, and what lets this process in. */
export interface StoreAddress {
  /** http or https, without a name or a password in it. */
  url: string;
  /** A secret: it travels in a header only. */
  token: string;
}

interface Path {
  url: URL;
  headers: Record<string, string>;
  /** When the path is asked for anew, on the wall clock that the store dates it by. */
  renew_at: number;
}

/** A path that ends sooner than this is renewed before it is used. */
const RENEW_BEFORE_MS = 60_000;
const METADATA_BYTES = 64 * 1024;
const REFUSALS: ReadonlySet<number> = new Set([401, 403]);

/** A conversation with a shared store: the way to its data, kept up to date. */
export class StoreSession {
  readonly #address: StoreAddress;
  readonly #closing = new AbortController();
  #path: Path;

  /** Asks the store for the way to its data. Throws `store_unreachable` or `store_refused`. */
  static async open(address: StoreAddress): Promise<StoreSession> {
    return new StoreSession(address, await pathOf(address, AbortSignal.timeout(timeout_ms)));
  }

  private constructor(address: StoreAddress, path: Path) {
    this.#address = address;
    this.#path = path;
  }

  /** The store's scheme, host and port. */
  get origin(): string {
    return new URL(this.#address.url).origin;
  }

  /** Posts a message to a method of the data path and returns the answer's bytes. */
  async call(method: string, message: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeout_ms)]);
    if (Date.now() >= this.#path.renew_at) this.#path = await pathOf(this.#address, signal);
    const first = await this.#post(method, message, signal);
    if (!REFUSALS.has(first.status)) return await this.#bytesOf(first);
    // The token of the data path may have ended early: a new one is asked for, once.
    await first.body?.cancel();
    this.#path = await pathOf(this.#address, signal);
    return await this.#bytesOf(await this.#post(method, message, signal));
  }

  /** Ends what is under way. */
  close(): void {
    this.#closing.abort();
  }

  /** The error of a store that does not do its work now. */
  unreachable(why: string, cause?: unknown): HorizonError {
    return unreachable(this.origin, why, cause);
  }

  async #post(
    method: string,
    body: Uint8Array<ArrayBuffer>,
    signal: AbortSignal,
  ): Promise<Response> {
    const { url, headers } = this.#path;
    return await request(new URL(`${url.pathname}/${method}`, url), { body, headers, signal });
  }

  async #bytesOf(response: Response): Promise<Uint8Array<ArrayBuffer>> {
    return await answerOf(this.origin, response, LIMITS.store_answer_bytes);
  }
}

const timeout_ms = LIMITS.store_timeout_ms;

async function pathOf({ url, token }: StoreAddress, signal: AbortSignal): Promise<Path> {
  const base = new URL(url);
  const response = await request(base, {
    body: JSON.stringify({ supportedVersions: KV_CONNECT_VERSIONS }),
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    signal,
  });
  const bytes = await answerOf(base.origin, response, METADATA_BYTES);
  const metadata = parseMetadata(base.origin, bytes);
  const endpoint = metadata.endpoints.find(({ consistency }) => consistency === "strong");
  const place = endpoint === undefined ? null : URL.parse(endpoint.url, base);
  if (place === null || !/^https?:$/.test(place.protocol)) {
    throw badStoreAnswer(base.origin, "it names no endpoint for consistent reads and writes");
  }
  place.pathname = place.pathname.replace(/\/$/, "");
  return {
    url: place,
    headers: {
      "content-type": "application/x-protobuf",
      authorization: `Bearer ${metadata.token}`,
      "x-denokv-version": String(metadata.version),
      "x-denokv-database-id": metadata.databaseId,
    },
    renew_at: Date.parse(metadata.expiresAt) - RENEW_BEFORE_MS,
  };
}

function parseMetadata(origin: string, bytes: Uint8Array<ArrayBuffer>): KvConnectMetadata {
  try {
    return KvConnectMetadata.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    // The cause would quote the answer, which holds a token.
    throw badStoreAnswer(origin, "it does not speak KV Connect 2 or 3");
  }
}

async function request(
  url: URL,
  init: { body: BodyInit; headers: Record<string, string>; signal: AbortSignal },
): Promise<Response> {
  try {
    // A redirect would carry the token somewhere else.
    return await fetch(url, { method: "POST", redirect: "manual", ...init });
  } catch (cause) {
    throw unreachable(url.origin, reasonOf(cause), cause);
  }
}

async function answerOf(
  origin: string,
  response: Response,
  max_bytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { status } = response;
  if (status !== 200) {
    await response.body?.cancel();
    if (REFUSALS.has(status)) {
      throw new HorizonError("store_refused", `The shared store ${origin} refuses the token.`, {
        fix: "Set DENO_KV_ACCESS_TOKEN to the store's access token.",
      });
    }
    if (status >= 500 || status === 429) throw unreachable(origin, `it answers ${status}`);
    throw badStoreAnswer(origin, `it answers ${status}`);
  }
  try {
    return await readBounded(response, max_bytes);
  } catch (cause) {
    if (cause instanceof RangeError) throw badStoreAnswer(origin, cause.message, cause);
    throw unreachable(origin, reasonOf(cause), cause);
  }
}

/** The error of something that does not answer as a store does. */
export function badStoreAnswer(origin: string, what: string, cause?: unknown): HorizonError {
  return new HorizonError("store_refused", `${origin} is no usable shared store: ${what}.`, {
    fix: "Check the URL of --kv.",
    cause,
  });
}

function unreachable(origin: string, why: string, cause?: unknown): HorizonError {
  return new HorizonError("store_unreachable", `The shared store ${origin} is away: ${why}.`, {
    fix: "Check that it runs and that this machine reaches it.",
    cause,
  });
}

/** Why a request failed, without the address and the layers that fetch wraps around it. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof DOMException && thrown.name === "TimeoutError") {
    return `no answer within ${timeout_ms} ms`;
  }
  const inner = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  return messageOf(inner).replace(/^error sending request .*?: (?=client error)/, "")
    .replace(/^client error \(\w+\): /, "");
}
