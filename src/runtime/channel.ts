import { encodeFrame, type Frame, FrameDecoder } from "./frames.ts";
import {
  CHECKPOINT,
  type Chunk,
  chunksOf,
  FROM_JOB,
  type JobMessage,
  type ProgressMessage,
  type Stage,
  type SucceededMessage,
  TO_JOB,
  TO_JOB_LIMITS,
} from "./messages.ts";

/** A job as the child received it. */
export interface ReceivedJob {
  message: JobMessage;
  inputs: Map<string, Uint8Array<ArrayBuffer>>;
  /** What the kind runs, by name: the model, the source. */
  payloads: Map<string, Uint8Array<ArrayBuffer>>;
  /** The last checkpoint of an attempt before; null if the job starts anew. */
  resumed: Uint8Array<ArrayBuffer> | null;
}

const READ_BYTES = 256 * 1024;

/**
 * Reads the job from stdin, blocking, up to its `start` frame. The parent has validated it, and a
 * child can but trust its parent, so only the framing is checked here. Throws `invalid_input`.
 */
export function receiveJob(): ReceivedJob {
  const decoder = new FrameDecoder(TO_JOB_LIMITS);
  const inputs = new Map<string, Uint8Array<ArrayBuffer>>();
  const payloads = new Map<string, Uint8Array<ArrayBuffer>>();
  const checkpoints = new Map<string, Uint8Array<ArrayBuffer>>();
  let message: JobMessage | null = null;
  for (;;) {
    const buffer = new Uint8Array(READ_BYTES);
    const count = Deno.stdin.readSync(buffer);
    if (count === null) throw new Error("the parent closed the stream before the job was whole");
    for (const frame of decoder.push(buffer.subarray(0, count))) {
      if (frame.type === TO_JOB.job) message = JSON.parse(frame.header);
      else if (frame.type === TO_JOB.input) takeChunk(inputs, frame);
      else if (frame.type === TO_JOB.payload) takeChunk(payloads, frame);
      else if (frame.type === TO_JOB.checkpoint) takeChunk(checkpoints, frame);
      else if (message !== null) {
        return { message, inputs, payloads, resumed: checkpoints.get(CHECKPOINT) ?? null };
      }
    }
  }
}

function takeChunk(blobs: Map<string, Uint8Array<ArrayBuffer>>, frame: Frame): void {
  const chunk: Chunk = JSON.parse(frame.header);
  const bytes = blobs.get(chunk.name) ?? new Uint8Array(chunk.size_bytes);
  bytes.set(frame.body, chunk.offset_bytes);
  blobs.set(chunk.name, bytes);
}

/** Says to the parent how far the child is. */
export function reportStage(stage: Stage): void {
  send(FROM_JOB.stage, { stage, at_ms: performance.timeOrigin + performance.now() });
}

/** Sends lines of the job's log, none longer than `max_chars`. */
export function reportLog(text: string, max_chars: number): void {
  for (const line of text.split("\n")) send(FROM_JOB.log, line.slice(0, max_chars));
}

/** Sends how much of the job is done. */
export function reportProgress(progress: ProgressMessage): void {
  send(FROM_JOB.progress, progress);
}

/** Sends one output whole. */
export function sendOutput(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  for (const { header, body } of chunksOf(name, bytes)) send(FROM_JOB.output, header, body);
}

/** Sends a checkpoint whole; it takes the place of the one before. */
export function sendCheckpoint(bytes: Uint8Array<ArrayBuffer>): void {
  for (const { header, body } of chunksOf(CHECKPOINT, bytes)) {
    send(FROM_JOB.checkpoint, header, body);
  }
}

/** Sends that the job is done; all its outputs went before. */
export function reportSuccess(message: SucceededMessage): void {
  send(FROM_JOB.succeeded, message);
}

/** Sends why the job ended. The message is cut to what a header takes. */
export function reportFailure(code: string, message: string): void {
  send(FROM_JOB.failed, { code, message: message.slice(0, MAX_MESSAGE_CHARS) });
}

/** Longest failure message, in characters: a compiler's, with the lines that it shows. */
const MAX_MESSAGE_CHARS = 4_096;

/** Writes a frame to stdout, blocking. */
function send(type: number, header: unknown, body?: Uint8Array): void {
  const bytes = encodeFrame(type, header, body);
  for (let sent = 0; sent < bytes.length;) sent += Deno.stdout.writeSync(bytes.subarray(sent));
}
