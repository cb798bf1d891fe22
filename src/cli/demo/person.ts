import { HorizonError } from "../../base/errors.ts";
import type { NodeInfo } from "../../protocol/api.ts";
import type { Problem } from "../../protocol/problem.ts";
import { runCli } from "../cli.ts";
import { connect } from "../connect.ts";
import { Context } from "../context.ts";
import type { Io } from "../io.ts";
import { Output } from "../output.ts";

/** What a command answered: its JSON document. */
export type Answer = Record<string, unknown>;

/** A long command under way. */
export interface Running {
  /** Its first JSON line. */
  first: Promise<Answer>;
  /** Ends it in order, as an interruption would. */
  stop(): Promise<void>;
}

export interface PersonOptions {
  /** HORIZON_HOME: all of this person's files. */
  home: string;
  main_url: string;
  io: Io;
  /** Takes what the commands say on the way. */
  onNote: (text: string) => void;
}

/** Somebody in the demo who types commands: the real ones, in this process, in a home of their own. */
export class Person {
  readonly #options: PersonOptions;

  constructor(options: PersonOptions) {
    this.#options = options;
  }

  /** Runs a command to its end; its document. Throws the error that it reports. */
  async run(...words: string[]): Promise<Answer> {
    const documents: Answer[] = [];
    await this.#call(words, this.#options.io.signal, (document) => documents.push(document));
    return documents.at(-1) ?? {};
  }

  /** Starts a command that goes on until it is stopped. */
  start(...words: string[]): Running {
    const stop = new AbortController();
    const first = Promise.withResolvers<Answer>();
    const signal = AbortSignal.any([this.#options.io.signal, stop.signal]);
    const ended = this.#call(words, signal, first.resolve);
    ended.then(
      () => first.reject(new HorizonError("internal", `horizon ${words[0]} ended at once.`)),
      first.reject,
    );
    return {
      first: first.promise,
      async stop() {
        stop.abort();
        await ended;
      },
    };
  }

  /** Who the registry says it is, and its feed's head. */
  async node(): Promise<NodeInfo> {
    const { main_url } = this.#options;
    const io = this.#io(this.#options.io.signal, () => {}, this.#options.onNote);
    const out = new Output(io, true);
    await using connection = await connect(
      new Context({ op: "demo", io, out, main_url, registry: undefined, home: undefined }),
    );
    return await connection.client.node();
  }

  async #call(
    words: string[],
    signal: AbortSignal,
    onDocument: (document: Answer) => void,
  ): Promise<void> {
    let problem: Problem | undefined;
    let last_note = "It says no more.";
    const onText = (text: string) => {
      const document: Answer & { error?: Problem } = JSON.parse(text);
      if (document.error !== undefined) problem = document.error;
      else onDocument(document);
    };
    const io = this.#io(signal, onText, (note) => {
      last_note = note;
      this.#options.onNote(note);
    });
    const { main_url } = this.#options;
    const exit = await runCli([...words, "--json"], { main_url, io });
    if (exit === 0) return;
    // A job that failed is no error of the command's: why it did, it has said on the way.
    const { code = "internal", detail = last_note, fix } = problem ?? {};
    const what = `horizon ${words.join(" ")}`;
    throw new HorizonError(code, `${what}: ${detail}`, fix === undefined ? {} : { fix });
  }

  /** The outside as this person's commands see it. */
  #io(signal: AbortSignal, stdout: (text: string) => void, onNote: (text: string) => void): Io {
    const { home, io } = this.#options;
    return {
      ...io,
      signal,
      stdin_is_terminal: false,
      stdout_is_terminal: false,
      stderr_is_terminal: false,
      env: { get: (name) => name === "HORIZON_HOME" ? home : io.env.get(name) },
      stderr: (text) => onNote(text.trim()),
      stdout,
    };
  }
}
