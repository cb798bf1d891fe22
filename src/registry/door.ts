import type { Clock } from "../base/clock.ts";
import { LIMITS } from "../protocol/limits.ts";
import { RateLimiter } from "./auth/rates.ts";
import type { Metrics } from "./metrics.ts";
import { problemResponse } from "./problem_response.ts";
import type { RegistryLog } from "./registry_log.ts";

/** Where a request came from, for the limits by address. Absent: from inside this process. */
export interface Caller {
  address: string;
}

/**
 * Every answer is data: nothing of it may be run, framed, guessed at, or told on. Only the web page
 * brings a policy of its own.
 */
const SECURITY_HEADERS = [
  ["x-content-type-options", "nosniff"],
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
  ["referrer-policy", "no-referrer"],
] as const;

/**
 * What every request passes on its way to the app: the limit of its address, the count of its answer,
 * the security headers, and its line in the log where requests are logged. This machine's own addresses have no limit: they are its user, or a proxy
 * that stands for many; nor has another process of this registry, which has limited its own callers.
 */
export function guard(
  handle: (request: Request) => Response | Promise<Response>,
  { clock, metrics, log }: { clock: Clock; metrics: Metrics; log: RegistryLog },
  isFromProcess: (request: Request) => boolean = () => false,
  logs_requests = false,
): (request: Request, caller?: Caller) => Promise<Response> {
  const rate = { per_second: LIMITS.rate_per_address, burst: LIMITS.rate_per_address_burst };
  const rates = new RateLimiter(rate, clock);
  return async (request, caller) => {
    const start_ms = logs_requests ? clock.monotonic() : 0;
    const response = await answer(request, caller);
    for (const [name, value] of SECURITY_HEADERS) {
      if (!response.headers.has(name)) response.headers.set(name, value);
    }
    metrics.request(request.method, response.status);
    if (logs_requests) {
      const { method, url } = request;
      const ms = Math.round(clock.monotonic() - start_ms);
      // Without the query, and without any header: neither a token nor a filter is kept.
      log.debug("request", { method, path: new URL(url).pathname, status: response.status, ms });
    }
    return response;
  };

  async function answer(request: Request, caller: Caller | undefined): Promise<Response> {
    try {
      const isLimited = caller !== undefined && !isLoopback(caller.address);
      if (isLimited && !isFromProcess(request)) rates.take(caller.address, 1);
      return await handle(request);
    } catch (thrown) {
      return problemResponse(thrown);
    }
  }
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1" || address.startsWith("::ffff:127.");
}
