import type { Context } from "./context.ts";

/** A positional argument. */
export interface ArgSpec {
  summary: string;
  optional?: true;
  /** The only words that it takes, where they are few. */
  choices?: readonly string[];
}

/** A flag, `--name`. */
export interface FlagSpec {
  /**
   * `boolean` takes no value; `text` one word; `words` all words up to the next flag, so that
   * `--gpu-type RTX 3090` needs no quotes; `integer` a whole number.
   */
  kind: "boolean" | "text" | "words" | "integer";
  summary: string;
  /** How the help names its value: `<price>`. */
  value?: string;
  /** One letter: `-y`. */
  short?: string;
  required?: true;
  /** The only values that it takes, where they are few. */
  choices?: readonly string[];
  /** Bounds of an `integer`, both allowed. */
  min?: number;
  max?: number;
}

export type ArgSpecs = Readonly<Record<string, ArgSpec>>;
export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

type ArgValue<S> = S extends { optional: true } ? string | undefined : string;
type Given<S, T> = S extends { required: true } ? T : T | undefined;
type FlagValue<S> = S extends { kind: "boolean" } ? boolean
  : S extends { kind: "integer" } ? Given<S, number>
  : Given<S, string>;

/** What the command line said, as the command's own tables type it. */
export interface Input<A extends ArgSpecs, F extends FlagSpecs> {
  args: { readonly [K in keyof A]: ArgValue<A[K]> };
  flags: { readonly [K in keyof F]: FlagValue<F[K]> };
}

/** A command as its file in `commands/` defines it. */
export interface CommandSpec<A extends ArgSpecs, F extends FlagSpecs> {
  /** With its group: "rent", "lease end". */
  name: string;
  /** One sentence. */
  summary: string;
  /** More for its help, in whole lines. */
  about?: string;
  /** Positional arguments, in order; optional ones last. */
  args: A;
  flags: F;
  /** Whole command lines. */
  examples: readonly string[];
  /** True if the operation log leaves it out. */
  unlogged?: true;
  /** True if there are no requests of its own to print with `--curl`. */
  local?: true;
  /** Does it; the exit code, or nothing for 0. Throws a HorizonError. */
  run(ctx: Context, input: Input<A, F>): Promise<number | void>;
}

/** A command whose own types are checked and forgotten. */
export interface Command extends Omit<CommandSpec<ArgSpecs, FlagSpecs>, "run"> {
  run(ctx: Context, input: RawInput): Promise<number | void>;
}

/** What `args.ts` reads: each value has the type that the tables ask for. */
export interface RawInput {
  args: Readonly<Record<string, string | undefined>>;
  flags: Readonly<Record<string, string | number | boolean | undefined>>;
}

/** Checks that a command's `run` agrees with its tables. */
export function defineCommand<const A extends ArgSpecs, const F extends FlagSpecs>(
  spec: CommandSpec<A, F>,
): Command {
  // `readInput` fills each value by these same tables, which is what Input<A, F> says of them.
  return { ...spec, run: (ctx, input) => spec.run(ctx, input as Input<A, F>) };
}

/** Flags that every command takes. */
export const GLOBAL_FLAGS = {
  json: { kind: "boolean", summary: "print one JSON document on stdout, errors too" },
  registry: {
    kind: "text",
    value: "<url>",
    summary: "use this registry, whatever the config says",
  },
  home: {
    kind: "text",
    value: "<node>",
    summary: "through it, ask another registry: an alias, or a node id",
  },
  curl: { kind: "boolean", summary: "print the requests as curl commands, and change nothing" },
  quiet: { kind: "boolean", short: "q", summary: "say nothing but the answer and errors" },
  help: { kind: "boolean", short: "h", summary: "show this help" },
} as const satisfies FlagSpecs;

/** The flags of commands that show a plan before they do it. */
export const PLAN_FLAGS = {
  yes: { kind: "boolean", short: "y", summary: "don't ask for confirmation" },
  "dry-run": { kind: "boolean", summary: "only show the plan, and do nothing" },
} as const satisfies FlagSpecs;
