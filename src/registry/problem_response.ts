import { HorizonError } from "../base/errors.ts";
import { PROBLEM_TYPE, problemOf } from "../protocol/problem.ts";

/** The problem document of what was thrown, as a response (RFC 9457). */
export function problemResponse(thrown: unknown): Response {
  const problem = problemOf(thrown);
  const headers = new Headers({ "content-type": PROBLEM_TYPE, "cache-control": "no-store" });
  const details = thrown instanceof HorizonError ? thrown.details : undefined;
  const retry_after_s = details?.retry_after_s;
  if (typeof retry_after_s === "number") headers.set("retry-after", String(retry_after_s));
  else if (problem.code === "busy") headers.set("retry-after", "1");
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}
