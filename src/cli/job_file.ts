import { parse } from "@std/yaml";
import { dirname } from "node:path";
import { HorizonError, messageOf } from "../base/errors.ts";
import { JOB_KINDS, JobFile } from "../protocol/job.ts";
import { checkJobShape } from "../protocol/job_rules.ts";
import { LIMITS } from "../protocol/limits.ts";
import { validate } from "../protocol/validate.ts";
import { findInside, type FoundFile, readBounded } from "./job_paths.ts";

/** A job file that holds what it promises; nothing has been sent yet. */
export interface LoadedJob {
  path: string;
  /** As its author wrote it, but with the shader's text in place of its path. */
  job: JobFile;
  inputs: ReadonlyMap<string, FoundFile>;
}

/** Values in a job file, aliases counted each time: YAML can double its size with every line. */
const MAX_VALUES = 20_000;
const MAX_DEPTH = 16;

/**
 * Reads a job file and all that it names, and checks them against the job's own limits. Throws
 * `not_found`, `too_large` or `invalid_job`, each saying where; nothing is sent before it returns.
 */
export async function loadJobFile(path: string): Promise<LoadedJob> {
  const bytes = await readJobFile(path);
  const job = parseJobFile(bytes, path);
  const folder = dirname(path);
  const shader = await findInside(folder, job.wgsl.shader, "wgsl.shader", LIMITS.job_file_bytes);
  const shaderBytes = await readBounded(shader, LIMITS.job_file_bytes);
  job.wgsl.shader = textOf(shaderBytes, `The shader ${job.wgsl.shader}`);
  if (job.wgsl.shader === "") throw invalid("The shader is empty");
  const inputs = new Map<string, FoundFile>();
  for (const [name, inputPath] of Object.entries(job.inputs)) {
    inputs.set(name, await findInside(folder, inputPath, `inputs.${name}`, LIMITS.blob_bytes));
  }
  checkJobShape({
    wgsl: job.wgsl,
    input_bytes: new Map([...inputs].map(([name, file]) => [name, file.size_bytes])),
    outputs: job.outputs,
    limits: job.limits,
  });
  return { path, job, inputs };
}

/** The job that YAML (or JSON) bytes spell; paths are not looked at. Throws `invalid_job`. */
export function parseJobFile(bytes: Uint8Array, path: string): JobFile {
  const text = textOf(bytes, path);
  if (text.trim() === "") {
    throw invalid(`${path} is empty`, "`horizon job new wgsl <folder>` writes an example.");
  }
  const value = parseYaml(text, path);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(`${path} does not hold a job: it must be a mapping such as "version: 1"`);
  }
  boundValues(value, path);
  refuseOtherKind(value, path);
  return validate(JobFile, value, path, "invalid_job");
}

async function readJobFile(path: string): Promise<Uint8Array> {
  const info = await Deno.stat(path).catch((cause) => {
    if (cause instanceof Deno.errors.NotFound) {
      throw new HorizonError("not_found", `There is no job file ${path}.`, {
        fix: "`horizon job new wgsl <folder>` writes an example.",
        cause,
      });
    }
    throw invalid(`${path} can't be read: ${messageOf(cause)}`);
  });
  if (!info.isFile) throw invalid(`${path} is not a file`);
  return await readBounded({ path, size_bytes: info.size }, LIMITS.job_file_bytes);
}

function textOf(bytes: Uint8Array, what: string): string {
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalid(`${what} is not text: it is not UTF-8`, undefined, cause);
  }
  const at = text.search(/(?![\t\n\r])\p{Cc}/u);
  if (at < 0) return text;
  throw invalid(`${what} is not text: character ${at + 1} is a control character`);
}

function parseYaml(text: string, path: string): unknown {
  try {
    // The core schema has no merge keys and no dates; neither belongs in a job.
    return parse(text, { schema: "core" });
  } catch (cause) {
    if (cause instanceof RangeError) throw invalid(`${path} is nested too deeply`);
    const why = messageOf(cause).split("\n")[0]?.replace(/:$/, "");
    throw invalid(`${path} is not valid YAML: ${why}`, undefined, cause);
  }
}

/** Refuses a tree that is too large or too deep before anything walks or copies all of it. */
function boundValues(root: unknown, path: string): void {
  let count = 0;
  const walk = (value: unknown, depth: number): void => {
    if (++count > MAX_VALUES) throw invalid(`${path} holds more than ${MAX_VALUES} values`);
    if (depth > MAX_DEPTH) throw invalid(`${path} is nested more than ${MAX_DEPTH} levels deep`);
    if (typeof value !== "object" || value === null) return;
    for (const child of Object.values(value)) walk(child, depth + 1);
  };
  walk(root, 0);
}

/** A kind that does not exist gets its own words: the other fields depend on it. */
function refuseOtherKind(value: object, path: string): void {
  const kind: unknown = Reflect.get(value, "kind");
  if (typeof kind !== "string" || JOB_KINDS.some((known) => known === kind)) return;
  const shown = JSON.stringify(kind.slice(0, 40));
  throw invalid(
    `${path}, at kind: ${shown} is no kind of job that this version runs`,
    `Write one of: ${JOB_KINDS.join(", ")}.`,
  );
}

function invalid(message: string, fix?: string, cause?: unknown): HorizonError {
  return new HorizonError("invalid_job", `${message}.`, {
    cause,
    ...(fix === undefined ? {} : { fix }),
  });
}
