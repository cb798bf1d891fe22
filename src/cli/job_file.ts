import { parse } from "@std/yaml";
import { dirname } from "node:path";
import type * as z from "zod";
import { HorizonError, messageOf } from "../base/errors.ts";
import { JOB_FILES, JOB_KINDS, type JobFile, type WgslJobFile } from "../protocol/job.ts";
import { checkJobShape } from "../protocol/job_rules.ts";
import { LIMITS } from "../protocol/limits.ts";
import { validate } from "../protocol/validate.ts";
import { findInside, type FoundFile, readBounded } from "./job_paths.ts";
import { convertTensor } from "./tensor_file.ts";

/** A job file that holds what it promises; nothing has been sent yet. */
export interface LoadedJob<Job extends JobFile = JobFile> {
  path: string;
  /** As its author wrote it, but with the shader's text in place of its path. */
  job: Job;
  /** The file of the model; null for other kinds. */
  model: FoundFile | null;
  /** The file of the module's source; null for other kinds. */
  source: FoundFile | null;
  inputs: ReadonlyMap<string, FoundFile>;
  /** What is sent of the inputs that are not sent as they lie there: tensors, as `.npy`. */
  converted: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
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
  if (job.kind === "wgsl") await takeShader(job, folder);
  const model = job.kind === "onnx"
    ? await findInside(folder, job.onnx.model, "onnx.model", LIMITS.blob_bytes)
    : null;
  const source = job.kind === "module" ? await findSource(folder, job.module.source) : null;
  const inputs = new Map<string, FoundFile>();
  for (const [name, inputPath] of Object.entries(job.inputs)) {
    inputs.set(name, await findInside(folder, inputPath, `inputs.${name}`, LIMITS.blob_bytes));
  }
  const converted = job.kind === "onnx" ? await convertTensors(job, inputs) : new Map();
  const input_bytes = new Map(
    [...inputs].map(([name, file]) => [name, converted.get(name)?.length ?? file.size_bytes]),
  );
  const payload_bytes = (model ?? source)?.size_bytes;
  checkJobShape({ ...job, input_bytes, payload_bytes });
  return { path, job, model, source, inputs, converted };
}

/** Puts the shader's text in place of its path. */
async function takeShader(job: WgslJobFile, folder: string): Promise<void> {
  const shader = await findInside(folder, job.wgsl.shader, "wgsl.shader", LIMITS.job_file_bytes);
  const shaderBytes = await readBounded(shader, LIMITS.job_file_bytes);
  job.wgsl.shader = textOf(shaderBytes, `The shader ${job.wgsl.shader}`);
  if (job.wgsl.shader === "") throw invalid("The shader is empty");
}

/** The source of a module: JavaScript in one file, which the job runs as it is. */
async function findSource(folder: string, path: string): Promise<FoundFile> {
  if (/\.[cm]?tsx?$/.test(path)) {
    throw invalid(
      `module.source: ${JSON.stringify(path)} is TypeScript, and a job runs JavaScript`,
      `Run: horizon job bundle ${path}`,
    );
  }
  const file = await findInside(folder, path, "module.source", LIMITS.job_source_bytes);
  const text = textOf(await readBounded(file, LIMITS.job_source_bytes), `The module ${path}`);
  if (text.trim() === "") throw invalid(`The module ${path} is empty`);
  return file;
}

/** The inputs of a model that aren't `.npy` yet, as such. */
async function convertTensors(
  { onnx }: Extract<JobFile, { kind: "onnx" }>,
  inputs: ReadonlyMap<string, FoundFile>,
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const converted = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [name, file] of inputs) {
    const bytes = await convertTensor(name, file, onnx.tensors?.[name]);
    if (bytes !== null) converted.set(name, bytes);
  }
  return converted;
}

/** The same job, if it is a shader. Throws `invalid_job`. */
export function requireShader({ job, ...rest }: LoadedJob): LoadedJob<WgslJobFile> {
  if (job.kind === "wgsl") return { job, ...rest };
  throw invalid(`${rest.path} is of kind ${job.kind}, and only a shader can be sampled`);
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
  return validate<z.ZodType<JobFile>>(schemaFor(value, path), value, path, "invalid_job");
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

/** The schema of the job's kind, on which the other fields depend. Throws `invalid_job`. */
function schemaFor(value: object, path: string) {
  const kind: unknown = Reflect.get(value, "kind");
  const fix = `Write one of: ${JOB_KINDS.join(", ")}.`;
  if (typeof kind !== "string") throw invalid(`${path} lacks its kind`, fix);
  const known = JOB_KINDS.find((name) => name === kind);
  if (known === undefined) {
    const shown = JSON.stringify(kind.slice(0, 40));
    throw invalid(`${path}, at kind: ${shown} is no kind of job that this version runs`, fix);
  }
  const other = JOB_KINDS.find((name) => name !== known && Object.hasOwn(value, name));
  if (other === undefined) return JOB_FILES[known];
  throw invalid(`${path} is of kind ${known}, and has the part "${other}" of another kind`);
}

function invalid(message: string, fix?: string, cause?: unknown): HorizonError {
  return new HorizonError("invalid_job", `${message}.`, {
    cause,
    ...(fix === undefined ? {} : { fix }),
  });
}
