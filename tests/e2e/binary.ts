import { TextLineStream } from "@std/streams/text-line-stream";

/** The compiled binary under test. */
export const BINARY = Deno.env.get("HORIZON_BINARY") ??
  new URL("../../dist/horizon", import.meta.url).pathname;

/** What a finished command left behind. */
export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/** How long any one command may take before a test gives up on it. */
const COMMAND_TIMEOUT_MS = 120_000;

/**
 * A person's machine: a temporary home and the binary, with no Deno and no node_modules in reach
 * (an empty PATH, and a working folder outside of the checkout).
 */
export class Home implements AsyncDisposable {
  readonly folder: string;
  readonly #running = new Set<Running>();

  /** `inside` is the start of a command line that runs the rest of it somewhere else. */
  constructor(readonly name: string, readonly inside: readonly string[] = []) {
    this.folder = Deno.makeTempDirSync({ prefix: `horizon-e2e-${name}-` });
    try {
      Deno.statSync(BINARY);
    } catch (cause) {
      throw new Error(`${BINARY} is missing: build it with "deno task compile"`, { cause });
    }
  }

  #command(args: readonly string[], env: Record<string, string>): Deno.Command {
    const [program = BINARY, ...words] = [...this.inside, BINARY, ...args];
    return new Deno.Command(program, {
      args: words,
      cwd: this.folder,
      clearEnv: true,
      env: { HORIZON_HOME: this.folder, HOME: this.folder, PATH: "", NO_COLOR: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  }

  /** Runs a command to its end. */
  async run(args: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
    const child = this.#command(args, env).spawn();
    const timer = setTimeout(() => child.kill("SIGKILL"), COMMAND_TIMEOUT_MS);
    const output = await child.output();
    clearTimeout(timer);
    const decoder = new TextDecoder();
    return {
      code: output.code,
      stdout: decoder.decode(output.stdout),
      stderr: decoder.decode(output.stderr),
    };
  }

  /** Runs a command that must succeed, with --json, and returns its one document. */
  async json(args: readonly string[]): Promise<Record<string, unknown>> {
    const done = await this.run([...args, "--json"]);
    if (done.code !== 0) {
      throw new Error(
        `horizon ${args.join(" ")} ended with ${done.code}:\n${done.stdout}${done.stderr}`,
      );
    }
    return parseDocument(done.stdout);
  }

  /** Starts a command that goes on, such as `serve` or `provide`. */
  start(args: readonly string[], env: Record<string, string> = {}): Running {
    const running = new Running(this.#command(args, env).spawn());
    this.#running.add(running);
    return running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running) await running.kill("SIGKILL");
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** A process that goes on; its lines are kept, so that a test can wait for one of them. */
export class Running {
  readonly lines: string[] = [];
  readonly status: Promise<Deno.CommandStatus>;
  readonly #child: Deno.ChildProcess;
  readonly #drained: Promise<unknown>;
  #waiters: (() => void)[] = [];
  #ended = false;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.status = child.status;
    this.#drained = Promise.all([this.#read(child.stdout), this.#read(child.stderr)]);
  }

  get pid(): number {
    return this.#child.pid;
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const text = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
    for await (const line of text) {
      this.lines.push(line);
      this.#wake();
    }
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }

  /** The first line, on either stream, that matches; throws if the process ends without one. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    for (let next = 0;;) {
      for (; next < this.lines.length; next++) {
        const match = pattern.exec(this.lines[next] ?? "");
        if (match !== null) return match;
      }
      if (this.#ended) throw new Error(`ended without ${pattern}:\n${this.lines.join("\n")}`);
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** Sends a signal that doesn't end it. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(signal);
  }

  /** Sends a signal and waits for the end; returns the exit code. */
  async kill(signal: Deno.Signal): Promise<number> {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended by itself.
    }
    const { code } = await this.status;
    await this.#drained;
    return code;
  }
}

/** The one JSON object on a stdout; throws if there is more, or less. */
export function parseDocument(stdout: string): Record<string, unknown> {
  const value: unknown = JSON.parse(stdout);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`not one JSON object: ${stdout.slice(0, 200)}`);
  }
  return { ...value };
}
