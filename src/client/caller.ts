import { HorizonError, messageOf } from "../base/errors.ts";
import { LIMITS } from "../protocol/limits.ts";
import { errorOf, Problem, PROBLEM_TYPE } from "../protocol/problem.ts";
import { badAnswer, readJson } from "./body.ts";
import type { Transport } from "./transport.ts";

export interface CallOptions {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  bytes?: Uint8Array<ArrayBuffer>;
  /** The bytes aren't copied first: they must stay as they are until the answer is there. */
  isUncopied?: boolean;
  token?: string;
  accept?: string;
  signal?: AbortSignal;
  /** Sent besides. */
  headers?: Readonly<Record<string, string>>;
  /**
   * How long the answer may take: its headers, and its body when it is read in `use`; there it begins
   * anew with each call of `alive`.
   */
  timeout_ms?: number;
}

/** Takes a successful answer; `alive` says that some of it has come. */
export type Use<T> = (response: Response, alive: () => void) => Promise<T>;

/** How long a registry may take to answer. */
export const REQUEST_TIMEOUT_MS = 20_000;
/** Longest text of an error that is taken from an answer. */
const PROBLEM_BYTES = 64 * 1024;

/**
 * Makes one request and hands its successful answer to `use`, all within the timeout. Throws
 * `network` (not reached), `timeout`, `interrupted` (the signal), `bad_gateway` (no answer of a
 * registry), or the registry's own error.
 */
export async function call<T>(
  transport: Transport,
  path: string,
  options: CallOptions,
  use: Use<T>,
): Promise<T> {
  const timeout_ms = options.timeout_ms ?? REQUEST_TIMEOUT_MS;
  using limit = deadline(timeout_ms, options.signal);
  const request = requestOf(transport, path, options, limit.signal);
  try {
    return await Promise.race([
      transport.fetch(request).then(refuseProblems).then((response) => use(response, limit.extend)),
      limit.expired,
    ]);
  } catch (thrown) {
    throw namedError(thrown, transport, timeout_ms, options.signal);
  }
}

/** Opens a stream: only its headers must come in time, and it ends with the signal. */
export async function openStream(
  transport: Transport,
  path: string,
  options: CallOptions & { signal: AbortSignal },
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const timeout_ms = options.timeout_ms ?? REQUEST_TIMEOUT_MS;
  using limit = deadline(timeout_ms, undefined);
  const request = requestOf(transport, path, options, options.signal);
  try {
    const response = await Promise.race([
      transport.fetch(request).then(refuseProblems),
      limit.expired,
    ]);
    if (response.body === null) throw badAnswer("its stream has no body");
    // In process nothing else would end the stream with the signal.
    return response.body.pipeThrough(new TransformStream(), { signal: options.signal });
  } catch (thrown) {
    throw namedError(thrown, transport, timeout_ms, options.signal);
  }
}

/** What broke while talking, by its stable code. */
export function namedError(
  thrown: unknown,
  transport: Transport,
  timeout_ms: number,
  signal: AbortSignal | undefined,
): HorizonError {
  if (thrown instanceof HorizonError) return thrown;
  if (signal?.aborted) return new HorizonError("interrupted", "Interrupted.", { cause: thrown });
  const { base_url } = transport;
  if (thrown instanceof DOMException && thrown.name === "TimeoutError") {
    return new HorizonError("timeout", `${base_url} did not answer within ${timeout_ms} ms.`, {
      cause: thrown,
    });
  }
  return new HorizonError("network", `${base_url} can't be reached: ${reasonOf(thrown)}`, {
    cause: thrown,
    fix: "Check the address (horizon config --get registry) and that the registry is running.",
  });
}

/** Why a connection failed, without the address and the layers that fetch wraps around it. */
function reasonOf(thrown: unknown): string {
  const inner = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  return messageOf(inner).replace(/^error sending request for url \(.*?\): /, "")
    .replace(/^client error \(\w+\): /, "");
}

function requestOf(
  transport: Transport,
  path: string,
  options: CallOptions,
  signal: AbortSignal,
): Request {
  const url = new URL(transport.base_url + path);
  for (const [key, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined) url.searchParams.set(key, String(value));
  }
  const headers = new Headers({ ...transport.headers, ...options.headers });
  headers.set("Accept", options.accept ?? "application/json");
  if (options.token !== undefined) headers.set("Authorization", `Bearer ${options.token}`);
  const init: RequestInit = {
    method: options.method ?? "GET",
    headers,
    signal,
    redirect: "manual",
  };
  if (options.json !== undefined) {
    headers.set("Content-Type", "application/json");
    init.body = JSON.stringify(options.json);
  } else if (options.bytes !== undefined) {
    headers.set("Content-Type", "application/octet-stream");
    init.body = options.isUncopied === true ? streamOf(options.bytes) : options.bytes;
  }
  return new Request(url, init);
}

/** A body of these very bytes: copies of many large ones would wait in memory for the collector. */
function streamOf(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}

/** An answer that is a success; a problem document is thrown as its error. */
async function refuseProblems(response: Response): Promise<Response> {
  if (response.ok) return response;
  const type = response.headers.get("Content-Type") ?? "";
  if (!type.startsWith(PROBLEM_TYPE)) {
    await response.body?.cancel();
    throw badAnswer(`status ${response.status} without a problem document`);
  }
  const parsed = Problem.safeParse(await readJson(response, PROBLEM_BYTES));
  if (!parsed.success) {
    throw badAnswer(`status ${response.status} with a malformed problem document`);
  }
  const { detail, ...rest } = parsed.data;
  throw errorOf({ ...rest, detail: detail.slice(0, LIMITS.text_chars) });
}

/** A signal and a rejection that come when the time is up or the caller's own signal aborts. */
function deadline(timeout_ms: number, outer: AbortSignal | undefined) {
  const controller = new AbortController();
  const { promise: expired, reject } = Promise.withResolvers<never>();
  expired.catch(() => undefined);
  const end = (reason: unknown) => {
    controller.abort(reason);
    reject(reason);
  };
  const onAbort = () => end(outer?.reason);
  const start = () =>
    setTimeout(() => end(new DOMException("timed out", "TimeoutError")), timeout_ms);
  let timer = start();
  if (outer?.aborted) onAbort();
  outer?.addEventListener("abort", onAbort, { once: true });
  return {
    signal: controller.signal,
    expired,
    /** The time begins anew. */
    extend() {
      clearTimeout(timer);
      timer = start();
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      outer?.removeEventListener("abort", onAbort);
    },
  };
}
