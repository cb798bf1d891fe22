import { type Clock, systemClock } from "../../src/base/clock.ts";
import { runCli } from "../../src/cli/cli.ts";
import { connect } from "../../src/cli/connect.ts";
import { Context } from "../../src/cli/context.ts";
import { type Io, systemIo } from "../../src/cli/io.ts";
import { Output } from "../../src/cli/output.ts";
import type { Client } from "../../src/client/client.ts";
import { parseDocument } from "../e2e/binary.ts";

const MAIN_URL = new URL("../../src/main.ts", import.meta.url).href;

/** What one command did. */
export interface Done {
  code: number;
  stdout: string;
  stderr: string;
}

/** How a command was refused. */
export interface Refusal {
  code: string;
  exit: number;
  message: string;
  fix: string;
}

export interface Situation {
  /** Lines that the person types; without them there is no terminal. */
  typed?: string[];
  /** Gives the line that the person types instead, once the command asks for it. */
  asked?: () => Promise<string>;
  /** stdout and stderr are terminals. */
  terminal?: boolean;
  env?: Record<string, string>;
  signal?: AbortSignal;
  clock?: Clock;
  /** Called with each piece that a command prints. */
  onOutput?: (text: string) => void;
}

/** Someone with a home of their own, who runs commands inside this process. */
export class Person implements AsyncDisposable {
  readonly home: string = Deno.makeTempDirSync({ prefix: "horizon-cli-" });

  /** Runs a command line to its end. */
  async run(args: readonly string[], situation: Situation = {}): Promise<Done> {
    let stdout = "";
    let stderr = "";
    const { typed, asked, terminal = false, env = {}, onOutput } = situation;
    const lines = [...typed ?? []];
    const values: Record<string, string> = { HORIZON_HOME: this.home, ...env };
    const io: Io = {
      stdout: (text) => {
        stdout += text;
        onOutput?.(text);
      },
      stderr: (text) => {
        stderr += text;
        onOutput?.(text);
      },
      stdout_is_terminal: terminal,
      stderr_is_terminal: terminal,
      columns: () => 80,
      stdin_is_terminal: typed !== undefined || asked !== undefined,
      readLine: asked ?? (() => Promise.resolve(lines.shift() ?? null)),
      env: { get: (name) => values[name] },
      clock: situation.clock ?? systemClock,
      signal: situation.signal ?? new AbortController().signal,
    };
    const code = await runCli(args, { main_url: MAIN_URL, io });
    return { code, stdout, stderr };
  }

  /** Talks to the person's registry without a command. */
  async asClient<T>(use: (client: Client) => Promise<T>): Promise<T> {
    const io: Io = {
      ...systemIo(),
      env: { get: (name) => name === "HORIZON_HOME" ? this.home : undefined },
    };
    const out = new Output(io, true);
    const from = { op: "test", io, out, main_url: MAIN_URL, registry: undefined, home: undefined };
    await using connection = await connect(new Context(from));
    return await use(connection.client);
  }

  /** The document of a command that must succeed. */
  async json(...args: string[]): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await this.run([...args, "--json"]);
    if (code !== 0) throw new Error(`horizon ${args.join(" ")}: ${code}\n${stdout}${stderr}`);
    return parseDocument(stdout);
  }

  /** The stable code and the exit code of a command that must fail. */
  async refusal(...args: string[]): Promise<Refusal> {
    const { code, stdout } = await this.run([...args, "--json"]);
    const { error } = parseDocument(stdout);
    const part = (key: string) =>
      typeof error === "object" && error !== null ? String(Reflect.get(error, key)) : "";
    return { code: part("code"), exit: code, message: part("detail"), fix: part("fix") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.home, { recursive: true });
  }
}
