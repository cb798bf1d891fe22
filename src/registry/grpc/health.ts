import { LIMITS } from "../../protocol/limits.ts";
import type { Caller } from "../door.ts";
import type { Call } from "./call.ts";
import { codecOf } from "./codecs.ts";
import { type Fetch, MARKETPLACE } from "./marketplace.ts";
import { ending, OK, STATUS } from "./status.ts";

export const HEALTH = "grpc.health.v1.Health";
/** Services whose health can be asked for; "" is the whole server. */
const KNOWN: ReadonlySet<unknown> = new Set(["", MARKETPLACE, HEALTH]);
const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;
/** Between two looks for a watcher. */
const WATCH_MS = 5_000;

/**
 * The health service of gRPC: serving means ready, as `/readyz` has it. False for a method that it
 * doesn't have.
 */
export async function answerHealth(
  name: string,
  call: Call,
  fetch: Fetch,
  caller: Caller,
): Promise<boolean> {
  if (name !== "Check" && name !== "Watch") return false;
  const { service = "" } = codecOf("grpc.health.v1.HealthCheckRequest")
    .decode(await call.message(LIMITS.request_bytes));
  const answer = codecOf("grpc.health.v1.HealthCheckResponse");
  const look = async () => {
    const response = await fetch(new Request("http://grpc.invalid/readyz"), caller);
    await response.body?.cancel();
    return response.ok ? SERVING : NOT_SERVING;
  };
  if (name === "Check") {
    if (KNOWN.has(service)) await call.answer(answer.encode({ status: await look() }));
    else call.end(ending(STATUS.not_found, "There is no such service."));
    return true;
  }
  if (!KNOWN.has(service)) await call.send(answer.encode({ status: SERVICE_UNKNOWN }));
  let last: number | null = null;
  while (!call.signal.aborted) {
    const status = KNOWN.has(service) ? await look() : null;
    if (status !== null && status !== last) await call.send(answer.encode({ status }));
    last = status;
    await pause(WATCH_MS, call.signal);
  }
  call.end(OK);
  return true;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}
