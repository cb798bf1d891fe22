import { HorizonError, messageOf } from "../base/errors.ts";
import type { PinnedTransport } from "../federation/dial.ts";
import type { Link } from "../federation/link.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { Services } from "./services.ts";

/** What of a request the home must know; this machine's own token is none of its business. */
const REQUEST_HEADERS = ["accept", "authorization", "content-type", "last-event-id", "range"];
const RESPONSE_HEADERS = [
  "accept-ranges",
  "allow",
  "cache-control",
  "content-length",
  "content-range",
  "content-type",
  "retry-after",
];
/** Answers that take their time: work that waits, proofs that are checked, bytes that are stored. */
const PATIENT = /^\/v1\/(provider\/poll|challenges|blobs\/|jobs\/[^/]+\/(blobs|logs)|events|feeds)/;
const PATIENT_MS = 60_000;
/** Requests that wait for each home's answer: a registry must not become a stranger's hammer. */
const underWay = new WeakMap<Link, number>();

/**
 * Passes a request on to the registry that it is meant for, and its answer back, both as they are.
 * Throws `peer_not_found`, `quarantined`, `busy`, and `home_unreachable` within two seconds.
 */
export async function relay(
  node_id: string,
  path: string,
  request: Request,
  { federation }: Services,
): Promise<Response> {
  const link = federation.link(node_id);
  if (link === undefined) {
    throw new HorizonError("peer_not_found", `This registry doesn't know ${node_id}.`, {
      fix: "See whom it knows: horizon network status",
    });
  }
  if (link.status.trust === "quarantined") {
    throw new HorizonError("quarantined", `${node_id} has lied: ${link.status.reason}`, {
      fix: "See the evidence: horizon network evidence",
    });
  }
  const count = underWay.get(link) ?? 0;
  if (count >= LIMITS.relayed_requests) {
    throw new HorizonError("busy", `${count} requests wait for an answer of ${node_id} already.`, {
      fix: "Try again in a moment.",
    });
  }
  underWay.set(link, count + 1);
  try {
    return await pass(link, path, request);
  } finally {
    underWay.set(link, (underWay.get(link) ?? 1) - 1);
  }
}

async function pass(link: Link, path: string, request: Request): Promise<Response> {
  const given_up = new AbortController();
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => undefined);
  const giveUp = (why: string) => late.reject(unreachable(link, why));
  const limit_ms = PATIENT.test(path) ? PATIENT_MS : LIMITS.home_timeout_ms;
  const timer = setTimeout(() => giveUp("it gives no answer"), limit_ms);
  const early = setTimeout(() => giveUp("it can't be reached"), LIMITS.home_timeout_ms);
  const end = () => given_up.abort();
  request.signal.addEventListener("abort", end);
  try {
    const transport = await Promise.race([opened(link), late.promise]);
    clearTimeout(early);
    const signal = given_up.signal;
    const passed = requestOf(new URL(transport.base_url + path), request, signal);
    return answerOf(await Promise.race([transport.fetch(passed), late.promise]));
  } catch (thrown) {
    given_up.abort();
    if (thrown instanceof HorizonError && thrown.code === "home_unreachable") throw thrown;
    throw unreachable(link, messageOf(thrown), thrown);
  } finally {
    clearTimeout(timer);
    clearTimeout(early);
  }
}

/**
 * The way to the home, which takes a connection now. Only what fails here is the home's fault: a request
 * that fails later may be its caller's, who must not be able to end what others have under way there.
 */
async function opened(link: Link): Promise<PinnedTransport> {
  const reached = await link.reach();
  try {
    await reached.transport.probe(LIMITS.home_timeout_ms);
  } catch (thrown) {
    await link.lost(thrown, reached);
    throw thrown;
  }
  return reached.transport;
}

function requestOf(url: URL, { method, headers, body }: Request, signal: AbortSignal): Request {
  const passed = new Headers();
  for (const name of REQUEST_HEADERS) {
    const value = headers.get(name);
    if (value !== null) passed.set(name, value);
  }
  const init: RequestInit = { method, headers: passed, signal, redirect: "manual" };
  return new Request(url, body === null ? init : { ...init, body });
}

function answerOf({ status, headers, body }: Response): Response {
  const passed = new Headers();
  for (const name of RESPONSE_HEADERS) {
    const value = headers.get(name);
    if (value !== null) passed.set(name, value);
  }
  return new Response(body, { status, headers: passed });
}

function unreachable({ node_id }: Link, why: string, cause?: unknown): HorizonError {
  return new HorizonError(
    "home_unreachable",
    `The home registry ${node_id} can't be asked: ${why.replace(/\.$/, "")}.`,
    {
      fix: "Try again later; a signed intent is safe to send again.",
      cause,
    },
  );
}
