import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import type { Clock } from "../../base/clock.ts";
import { HorizonError } from "../../base/errors.ts";
import { sha256 } from "../../base/hash.ts";
import { API_BASE, FORWARD_HEADER } from "../../protocol/api.ts";
import type { LeaderRecord } from "../../protocol/leader.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { Problem, PROBLEM_TYPE } from "../../protocol/problem.ts";
import { readBounded } from "../../store/kv_connect/read_bounded.ts";
import { parseJson, readBytes } from "../body.ts";
import type { Leadership } from "./leadership.ts";
import { isLocalRead } from "./local_reads.ts";

/** Answers a request in this process. */
type Handle = (request: Request) => Response | Promise<Response>;

/** Pause before a leader that could not be reached is tried again. */
const RETRY_MS = 200;
/** Headers that are about one connection, or that the next one makes anew. */
const HOP_HEADERS = ["connection", "host", "keep-alive", "transfer-encoding", "upgrade"];
/** Codes of a leader that has lost its place, or its store, while it worked on the request. */
const UNDECIDED: ReadonlySet<string> = new Set(["fenced", "no_leader", "store_unreachable"]);
const PROBLEM_BYTES = 64 * 1024;

/**
 * Gives each request to the process that answers it: public reads to this one, the rest to whoever
 * leads, unchanged. While nobody leads it holds requests for a while, and then answers `no_leader`.
 */
export class Forwarder {
  readonly #leadership: Leadership;
  readonly #handle: Handle;
  readonly #node_id: string;
  readonly #clock: Clock;
  #held_bytes = 0;

  constructor(
    leadership: Leadership,
    options: { handle: Handle; node_id: string; clock: Clock },
  ) {
    this.#leadership = leadership;
    this.#handle = options.handle;
    this.#node_id = options.node_id;
    this.#clock = options.clock;
  }

  /** Answers a request, here or through the leader. Throws `no_leader`, `too_large`. */
  async answer(request: Request): Promise<Response> {
    const leadership = this.#leadership;
    if (isLocalRead(request, this.#node_id)) {
      // It may ask for an event that has just been answered by the leader.
      if (!leadership.leads && request.url.includes("min_seq=")) leadership.nudge();
      return await this.#handle(request);
    }
    if (leadership.leads) return await this.#handle(request);
    if (request.headers.has(FORWARD_HEADER)) {
      await request.body?.cancel();
      throw noLeader();
    }
    return isRepeatable(request) ? await this.#holdAndAnswer(request) : await this.#once(request);
  }

  /** True if the request comes from another process of this registry. */
  isFromProcess(request: Request): boolean {
    const given = request.headers.get(FORWARD_HEADER);
    if (given === null) return false;
    return timingSafeEqual(sha256(given), sha256(this.#leadership.forward_token));
  }

  /** A batch of intents: the same one again gets the same answer, so it outlives a leader. */
  async #holdAndAnswer(request: Request): Promise<Response> {
    const body = await readBytes(request, LIMITS.request_bytes);
    if (this.#held_bytes + body.length > LIMITS.held_bytes) throw noLeader();
    this.#held_bytes += body.length;
    try {
      return await this.#waitFor(request, (leader) => this.#send(request, body, leader), {
        here: () => {
          const { url, method, headers, signal } = request;
          return this.#handle(new Request(url, { method, headers, signal, body }));
        },
      });
    } finally {
      this.#held_bytes -= body.length;
    }
  }

  /** Anything else is sent once: nobody knows what a broken-off attempt has done. */
  async #once(request: Request): Promise<Response> {
    return await this.#waitFor(request, async (leader) => {
      const response = await this.#send(request, request.body, leader);
      if (response === null) throw noLeader();
      return response;
    }, { here: () => this.#handle(request) });
  }

  /** Waits for a leader, for a term and a half at most, and has it answer; null means: not yet. */
  async #waitFor(
    request: Request,
    send: (leader: LeaderRecord) => Promise<Response | null>,
    { here }: { here: () => Response | Promise<Response> },
  ): Promise<Response> {
    const end_ms = this.#clock.monotonic() + 1.5 * LIMITS.leader_lease_ms;
    for (;;) {
      const { leads, leader, changed } = this.#leadership;
      if (leads) return await here();
      const response = leader === null ? null : await send(leader);
      if (response !== null) return response;
      const left_ms = end_ms - this.#clock.monotonic();
      if (left_ms <= 0 || request.signal.aborted) throw noLeader();
      const pause_ms = leader === null ? left_ms : Math.min(RETRY_MS, left_ms);
      await pause(pause_ms, [changed, request.signal]);
    }
  }

  /** The leader's answer; null if it could not be had. */
  async #send(
    request: Request,
    body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> | null,
    leader: LeaderRecord,
  ): Promise<Response | null> {
    const { pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    for (const name of HOP_HEADERS) headers.delete(name);
    headers.set("accept-encoding", "identity");
    headers.set(FORWARD_HEADER, leader.forward_token);
    const { changed } = this.#leadership;
    // Intents go on for a caller who has left: their answer is there when they are asked for again.
    const signal = isRepeatable(request) ? changed : AbortSignal.any([request.signal, changed]);
    try {
      const response = await fetch(new URL(pathname + search, leader.url), {
        method: request.method,
        headers,
        body,
        redirect: "manual",
        signal,
      });
      return await unlessUndecided(response);
    } catch {
      return null;
    }
  }
}

/** True for a batch of intents, whose ids make it safe to send again. */
function isRepeatable({ method, url }: Request): boolean {
  return method === "POST" && new URL(url).pathname === `${API_BASE}/intents`;
}

/** The answer, unless it says that its sender could not decide: that it leads no more, or lost its store. */
async function unlessUndecided(response: Response): Promise<Response | null> {
  const type = response.headers.get("content-type") ?? "";
  if (response.status !== 503 || !type.startsWith(PROBLEM_TYPE)) {
    return new Response(response.body, response);
  }
  const bytes = await readBounded(response, PROBLEM_BYTES);
  const problem = Problem.safeParse(parseJson(bytes));
  if (problem.success && UNDECIDED.has(problem.data.code)) return null;
  return new Response(bytes, response);
}

/** The error of a request that needs a leader while there is none. */
function noLeader(): HorizonError {
  return new HorizonError("no_leader", "No process leads the registry now.", {
    fix: "Try again in a few seconds.",
    details: { retry_after_s: 1 },
  });
}

/** Resolves after a time, or when one of the signals is aborted. */
async function pause(wait_ms: number, signals: readonly AbortSignal[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signals.some(({ aborted }) => aborted)) return;
  const timer = setTimeout(resolve, wait_ms);
  const wake = () => resolve();
  for (const signal of signals) signal.addEventListener("abort", wake, { once: true });
  await promise;
  clearTimeout(timer);
  for (const signal of signals) signal.removeEventListener("abort", wake);
}
