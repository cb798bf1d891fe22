import { HorizonError } from "../base/errors.ts";
import { shown } from "./args.ts";
import type { RawInput } from "./command.ts";

/** Arguments and flags that name something of a registry's, maybe of another one: `rig-1@berlin`. */
const REF_ARGS = ["gpu_id", "lease_id", "job_id", "bid_id", "auction_id", "auction"];
const REF_FLAGS = ["gpu"];

/** What the command line said, without the nodes in it, and the one node that it is about. */
export interface Addressed {
  input: RawInput;
  /** A node's alias, id, or the start of one; undefined for the registry itself. */
  home: string | undefined;
}

/**
 * Takes the nodes out of the references on a command line and out of `--home`. Throws `invalid_input`
 * where two of them differ, or nothing stands on one side of the "@".
 */
export function readRefs(input: RawInput): Addressed {
  const args = { ...input.args };
  const flags = { ...input.flags };
  const { home: flag } = flags;
  const nodes = new Set(flag === undefined ? [] : [String(flag)]);
  const strip = (word: unknown): string | undefined => {
    if (typeof word !== "string" || !word.includes("@")) return undefined;
    const { id, node } = splitRef(word);
    nodes.add(node);
    return id;
  };
  for (const name of REF_ARGS) {
    const id = strip(args[name]);
    if (id !== undefined) args[name] = id;
  }
  for (const name of REF_FLAGS) {
    const id = strip(flags[name]);
    if (id !== undefined) flags[name] = id;
  }
  const [home, other] = nodes;
  if (home !== undefined && other !== undefined) {
    throw new HorizonError(
      "invalid_input",
      `The command line names two registries, ${shown(home)} and ${shown(other)}.`,
      { fix: "Name one: either after the @, or with --home." },
    );
  }
  return { input: { args, flags }, home };
}

/** The ids in the references on a command line, without their nodes. */
export function namedIds({ args, flags }: RawInput): string[] {
  const words = [...REF_ARGS.map((name) => args[name]), ...REF_FLAGS.map((name) => flags[name])];
  return words.filter((word) => typeof word === "string").filter((word) => word !== "");
}

function splitRef(word: string): { id: string; node: string } {
  const [id = "", node = "", ...more] = word.split("@");
  if (id !== "" && node !== "" && more.length === 0) return { id, node };
  throw new HorizonError("invalid_input", `${shown(word)} is not of the form <id>@<node>.`, {
    fix: "A node is an alias, or a node id; see them with: horizon network status",
  });
}
