import type { Config } from "../base/config.ts";
import { messageOf } from "../base/errors.ts";
import type { Identity } from "../base/identity.ts";
import type { LogEntry } from "../base/log.ts";
import type { Folders } from "../base/paths.ts";
import { foldersOf } from "../base/paths.ts";
import type { Io } from "./io.ts";
import type { Output } from "./output.ts";

/** What the caller of `runCli` and its global flags fix for one command. */
export interface ContextOptions {
  op: string;
  io: Io;
  out: Output;
  /** URL of main.ts (or its bundle), of which a Worker is another instance. */
  main_url: string;
  /** Value of `--registry`. */
  registry: string | undefined;
  /** The node after an "@", or the value of `--home`. */
  home: string | undefined;
  /** Requests are printed, and those that would change something are not sent. */
  curl?: boolean;
}

/** An entry that need not say when and who. */
type NewEntry = Omit<LogEntry, "at" | "op"> & Partial<Pick<LogEntry, "at" | "op">>;

/** What a command works with. Files are read when first asked for. */
export class Context {
  readonly op: string;
  readonly io: Io;
  readonly out: Output;
  readonly main_url: string;
  readonly registry: string | undefined;
  readonly home: string | undefined;
  readonly curl: boolean;
  #config: Promise<Config> | undefined;
  /** Settles when every entry so far is written. */
  #logged: Promise<void> = Promise.resolve();

  constructor(options: ContextOptions) {
    this.op = options.op;
    this.io = options.io;
    this.out = options.out;
    this.main_url = options.main_url;
    this.registry = options.registry;
    this.home = options.home;
    this.curl = options.curl === true;
  }

  /** Aborts when the person interrupts. */
  get signal(): AbortSignal {
    return this.io.signal;
  }

  get folders(): Folders {
    return foldersOf(this.io.env);
  }

  /** The configuration. Throws `config_corrupt`. */
  config(): Promise<Config> {
    this.#config ??= import("../base/config.ts").then(({ loadConfig }) =>
      loadConfig(this.folders.config)
    );
    return this.#config;
  }

  /** The person's key. Throws `key_missing`, `key_exposed` or `invalid_key`. */
  async identity(): Promise<Identity> {
    const { keyFilePath, loadKeyFile } = await import("../base/keyfile.ts");
    const { key_file } = await this.config();
    return await loadKeyFile(keyFilePath(this.folders.config, key_file));
  }

  /** Adds an entry to the operation log, after those before it; by default it is the command's, now. */
  log(entry: NewEntry): Promise<void> {
    const at = new Date(this.io.clock.now()).toISOString();
    this.#logged = this.#logged.then(() => this.#append({ at, op: this.op, ...entry }));
    return this.#logged;
  }

  /** A log that can't be written is told, and stops nothing. */
  async #append(entry: LogEntry): Promise<void> {
    const [{ appendLog }, { isLogged }] = await Promise.all([
      import("../base/log.ts"),
      import("../base/log_level.ts"),
    ]);
    // A configuration that can't be read is told by the command itself.
    const level = await this.config().then(({ log_level }) => log_level, () => "info" as const);
    if (!isLogged(entry.level, level)) return;
    try {
      await appendLog(this.folders.state, entry);
    } catch (cause) {
      this.out.note(`The operation log can't be written: ${messageOf(cause)}`);
    }
  }
}
