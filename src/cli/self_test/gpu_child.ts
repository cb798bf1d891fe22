import { TextLineStream } from "@std/streams/text-line-stream";
import { SelfTestRow } from "../../protocol/self_test.ts";
import type { Check, Finding } from "./check.ts";
import { gpuChecks } from "./gpu.ts";

/** How the child that checks the GPU is started. */
export interface ProbeProgram {
  executable: string;
  args: readonly string[];
}

/** A start of Horizon on a busy machine. */
const START_MS = 15_000;
/** What is kept of what a driver says before it ends the child. */
const STDERR_CHARS = 300;

/**
 * The checks of the GPU, run in a child: a driver that hangs or crashes is then a row of the report,
 * not its end. `program` is this Horizon unless given.
 */
export function isolatedGpuChecks(program?: ProbeProgram): Check[] {
  let child: Promise<ProbeChild> | undefined;
  return gpuChecks().map((check) => ({
    ...check,
    timeout_ms: check.timeout_ms + START_MS,
    async run(signal): Promise<Finding> {
      child ??= startChild(program);
      return await (await child).finding(check.id, signal);
    },
  }));
}

async function startChild(program: ProbeProgram | undefined): Promise<ProbeChild> {
  if (program !== undefined) return new ProbeChild(program);
  const { ownProgram } = await import("../../provider/jail_program.ts");
  const { executable, args } = ownProgram();
  return new ProbeChild({ executable, args: [...args, "__gpu_probe"] });
}

/** A running probe, whose rows come in the order of the checks. */
class ProbeChild {
  readonly #child: Deno.ChildProcess;
  readonly #rows: AsyncIterableIterator<SelfTestRow>;
  readonly #stderr: Promise<string>;

  constructor({ executable, args }: ProbeProgram) {
    this.#child = new Deno.Command(executable, {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#rows = rowsOf(this.#child.stdout);
    this.#stderr = lastWords(this.#child.stderr);
  }

  /** The next row, which must be that check's. Throws where the child ends without it. */
  async finding(id: string, signal: AbortSignal): Promise<Finding> {
    const stop = () => this.#kill();
    signal.addEventListener("abort", stop, { once: true });
    try {
      const { value, done } = await this.#rows.next();
      if (done === true) throw new Error(await this.#end());
      const { result, actual, remedy } = value;
      if (value.id !== id) throw new Error(`the probe answers ${value.id} in the place of ${id}`);
      return remedy === null ? { result, actual } : { result, actual, remedy };
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  /** How it ended, in words. */
  async #end(): Promise<string> {
    const { signal, code } = await this.#child.status;
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    return `the process that tried ended ${how}. ${await this.#stderr}`.trim();
  }

  #kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

async function* rowsOf(stdout: ReadableStream<Uint8Array<ArrayBuffer>>) {
  const lines = stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  for await (const line of lines) {
    // Drivers write to stdout too.
    if (line.startsWith("{")) yield SelfTestRow.parse(JSON.parse(line));
  }
}

async function lastWords(stderr: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  for await (const piece of stderr.pipeThrough(new TextDecoderStream())) {
    text = (text + piece).slice(-STDERR_CHARS);
  }
  return text.trim();
}
