import * as z from "zod";
import { type Clock, systemClock } from "../base/clock.ts";
import { HorizonError } from "../base/errors.ts";
import { sha256Hex } from "../base/hash.ts";
import { JobName } from "../protocol/job.ts";
import { LIMITS } from "../protocol/limits.ts";
import { validate } from "../protocol/validate.ts";
import { type Frame, FrameDecoder } from "../runtime/frames.ts";
import { CHECKPOINT, FROM_JOB, FROM_JOB_LIMITS, type Stage, STAGES } from "../runtime/messages.ts";
import type { Execution } from "../runtime/onnx/program.ts";
import { CheckpointIntake } from "./checkpoint_intake.ts";
import {
  CLAIMABLE,
  CLAIMABLE_AT_START,
  type Ending,
  failedFor,
  type JobOutput,
  type Reason,
  REASONS,
} from "./jail_outcome.ts";
import { FloodBound } from "./flood_bound.ts";

/** What is told of a job while it runs. */
export interface TranscriptListener {
  onLog?: (line: string) => void;
  /** What is done, of how much, and the figures reported with it, by declared name. */
  onProgress?: (done: number, total: number, metrics?: Readonly<Record<string, number>>) => void;
  /** A whole checkpoint, which takes the place of the one before. */
  onCheckpoint?: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** A stage and when the child says it came there, in milliseconds since the epoch. */
  onStage?: (stage: Stage, at_ms: number) => void;
}

const BYTES_PER_MB = 1024 * 1024;
/** What taking a frame costs, however short it is. */
const FRAME_COST_BYTES = 64;

const SucceededHeader = z.strictObject({
  execution: z.enum(["webgpu", "wasm"]).optional(),
}).nullable();
const StageHeader = z.strictObject({ stage: z.enum(STAGES), at_ms: z.number() });
const LogHeader = z.string().max(LIMITS.job_log_line_chars);
const ProgressHeader = z.strictObject({
  done: z.number().min(0),
  total: z.number().min(0),
  metrics: z.record(JobName, z.number()).optional(),
});
const ChunkHeader = z.strictObject({
  name: JobName,
  size_bytes: z.int().min(0),
  offset_bytes: z.int().min(0),
});
const FailedHeader = z.strictObject({ code: z.string().max(64), message: z.string() });
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** What a transcript is checked against. */
export interface TranscriptRules {
  /** Names of the wanted outputs. */
  outputs: readonly string[];
  output_mb: number;
  /** Names of the figures that it may report. */
  metrics: readonly string[];
  /** The largest checkpoint. */
  checkpoint_mb: number;
  /** True if the child must say that it is jailed before it may run anything. */
  jailed: boolean;
}

interface Arriving {
  bytes: Uint8Array<ArrayBuffer>;
  filled_bytes: number;
}

/**
 * What a child says on stdout, believed only as far as it can be checked: bounded in all, each
 * message validated, outputs only those wanted, hashed here. A forger can but forge its own result.
 */
export class Transcript {
  readonly #decoder = new FrameDecoder(FROM_JOB_LIMITS);
  readonly #rules: TranscriptRules;
  readonly #listener: TranscriptListener;
  readonly #arriving = new Map<string, Arriving>();
  readonly #checkpoints: CheckpointIntake;
  readonly #talk: FloodBound;
  #free_output_bytes: number;
  #isJailed = false;
  #execution: Execution | null = null;
  #isLocked = false;

  constructor(rules: TranscriptRules, listener: TranscriptListener, clock: Clock = systemClock) {
    this.#rules = rules;
    this.#listener = listener;
    this.#free_output_bytes = rules.output_mb * BYTES_PER_MB;
    this.#checkpoints = new CheckpointIntake(rules.checkpoint_mb, clock);
    this.#talk = new FloodBound(LIMITS.job_talk_bytes, LIMITS.job_talk_bytes_per_s, clock);
  }

  /** True once the child has given up its rights: from here on it may run what the renter sent. */
  get isLocked(): boolean {
    return this.#isLocked;
  }

  /** Takes the next bytes of the child's stdout. The ending, if they bring or cause one. */
  take(bytes: Uint8Array<ArrayBuffer>): Ending | null {
    try {
      for (const frame of this.#decoder.push(bytes)) {
        const ending = this.#read(frame);
        if (ending !== null) return ending;
      }
      return null;
    } catch (error) {
      if (!(error instanceof HorizonError)) throw error;
      return this.#broken(error.message);
    }
  }

  /** What a model ran on, as the child says it; null for other jobs. */
  get execution(): Execution | null {
    return this.#execution;
  }

  /** The outputs of a job that succeeded, in the order in which they were wanted. */
  outputs(): JobOutput[] {
    return this.#rules.outputs.flatMap((name) => {
      const bytes = this.#arriving.get(name)?.bytes;
      return bytes === undefined ? [] : [{ name, bytes, sha256: sha256Hex(bytes) }];
    });
  }

  #read({ type, header, body }: Frame): Ending | null {
    // An output and a checkpoint are bounded by their own sizes.
    const isBounded = type === FROM_JOB.output || type === FROM_JOB.checkpoint;
    const talk_bytes = FRAME_COST_BYTES + header.length + (isBounded ? 0 : body.length);
    if (!this.#talk.take(talk_bytes)) {
      return failedFor("log_limit", "The job wrote without end: its log or its progress.");
    }
    const value = parse(header);
    switch (type) {
      case FROM_JOB.stage:
        return this.#enter(validate(StageHeader, value, "A stage"));
      case FROM_JOB.log:
        return this.#log(validate(LogHeader, value, "A line of the log"));
      case FROM_JOB.progress:
        return this.#progress(validate(ProgressHeader, value, "Progress"));
      case FROM_JOB.output:
        return this.#store(validate(ChunkHeader, value, "An output"), body);
      case FROM_JOB.checkpoint:
        return this.#keep(validate(ChunkHeader, value, "A checkpoint"), body);
      case FROM_JOB.succeeded:
        this.#execution = validate(SucceededHeader, value, "Success")?.execution ?? null;
        return this.#succeed();
      case FROM_JOB.failed:
        return this.#fail(validate(FailedHeader, value, "A failure"));
      default:
        return this.#broken(`A message of unknown type ${type}.`);
    }
  }

  #enter({ stage, at_ms }: z.infer<typeof StageHeader>): Ending | null {
    if (stage === "jailed") this.#isJailed = true;
    if (stage === "locked") {
      if (this.#rules.jailed && !this.#isJailed) {
        return failedFor("jail_unavailable", "The child started outside the jail.");
      }
      this.#isLocked = true;
    }
    this.#listener.onStage?.(stage, at_ms);
    return null;
  }

  #log(line: string): null {
    this.#listener.onLog?.(line.replace(CONTROL, " "));
    return null;
  }

  #progress({ done, total, metrics }: z.infer<typeof ProgressHeader>): Ending | null {
    const unknown = Object.keys(metrics ?? {}).find((name) => !this.#rules.metrics.includes(name));
    if (unknown !== undefined) return this.#broken(`No metric "${unknown}" is declared.`);
    this.#listener.onProgress?.(
      Math.min(done, total),
      total,
      ...(metrics === undefined ? [] : [metrics]),
    );
    return null;
  }

  #keep(chunk: z.infer<typeof ChunkHeader>, body: Uint8Array<ArrayBuffer>): Ending | null {
    if (!this.#isLocked || chunk.name !== CHECKPOINT) return this.#broken("A stray checkpoint.");
    const taken = this.#checkpoints.take(chunk, body);
    if (taken === null) return null;
    if ("over" in taken) return failedFor("checkpoint_limit", taken.over);
    if ("broken" in taken) return this.#broken(taken.broken);
    this.#listener.onCheckpoint?.(taken.whole);
    return null;
  }

  #store(chunk: z.infer<typeof ChunkHeader>, body: Uint8Array<ArrayBuffer>): Ending | null {
    const { name, size_bytes, offset_bytes } = chunk;
    if (!this.#rules.outputs.includes(name)) return this.#broken(`No output "${name}" is wanted.`);
    const output = this.#arriving.get(name) ?? this.#allocate(name, size_bytes);
    if (output === null) {
      return failedFor("output_limit", `The outputs exceed ${this.#rules.output_mb} MB.`);
    }
    const end_bytes = offset_bytes + body.length;
    if (offset_bytes !== output.filled_bytes || end_bytes > output.bytes.length) {
      return this.#broken(`The pieces of the output "${name}" do not fit together.`);
    }
    output.bytes.set(body, offset_bytes);
    output.filled_bytes = end_bytes;
    return null;
  }

  #allocate(name: string, size_bytes: number): Arriving | null {
    if (size_bytes > this.#free_output_bytes) return null;
    this.#free_output_bytes -= size_bytes;
    const output = { bytes: new Uint8Array(size_bytes), filled_bytes: 0 };
    this.#arriving.set(name, output);
    return output;
  }

  #succeed(): Ending {
    const missing = this.#rules.outputs.find((name) => {
      const output = this.#arriving.get(name);
      return output === undefined || output.filled_bytes < output.bytes.length;
    });
    if (!this.#isLocked) return this.#broken("It ended before it began.");
    if (missing !== undefined) return this.#broken(`The output "${missing}" is missing.`);
    return { state: "succeeded", reason: "done", side: null, message: "" };
  }

  #fail({ code, message }: z.infer<typeof FailedHeader>): Ending {
    const claimable = this.#isLocked ? CLAIMABLE : CLAIMABLE_AT_START;
    return isReason(code) && claimable.has(code)
      ? failedFor(code, message)
      : this.#broken(`${code}: ${message}`);
  }

  #broken(why: string): Ending {
    return failedFor(this.#isLocked ? "invalid_output" : "job_not_started", why);
  }
}

function isReason(code: string): code is Reason {
  return Object.hasOwn(REASONS, code);
}

function parse(header: string): unknown {
  try {
    return JSON.parse(header);
  } catch (cause) {
    throw new HorizonError("invalid_input", "A message is not JSON.", { cause });
  }
}
