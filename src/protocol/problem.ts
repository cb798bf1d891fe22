import * as z from "zod";
import { HorizonError } from "../base/errors.ts";
import { meaningOf } from "./codes.ts";

/** An RFC 9457 problem document with our stable `code`. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string().max(64),
  fix: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type Problem = z.infer<typeof Problem>;

/** Media type of a problem document. */
export const PROBLEM_TYPE = "application/problem+json";

/** The problem document of an error. What is not a HorizonError becomes `internal`, without its text. */
export function problemOf(thrown: unknown): Problem {
  const error = thrown instanceof HorizonError
    ? thrown
    : new HorizonError("internal", "Something went wrong inside Horizon; its log says more.");
  const { status, title } = meaningOf(error.code);
  return {
    type: `urn:horizon:error:${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    ...(error.fix === undefined ? {} : { fix: error.fix }),
    ...(error.details === undefined ? {} : { details: error.details }),
  };
}

/** The error that a problem document tells of. */
export function errorOf(problem: Problem): HorizonError {
  return new HorizonError(problem.code, problem.detail, {
    ...(problem.fix === undefined ? {} : { fix: problem.fix }),
    ...(problem.details === undefined ? {} : { details: problem.details }),
  });
}
