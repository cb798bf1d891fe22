import { HorizonError } from "../base/errors.ts";
import { ACTOR_ID_PATTERN } from "../base/identity.ts";
import { ID_HEAD, type NamedNode, SHORT_CHARS } from "../protocol/node_label.ts";
import { didYouMean, shown } from "./args.ts";

const STATUS = "See the nodes that it knows: horizon network status";

/**
 * The node id that an alias, an id, or at least 12 characters of one after the constant head stand
 * for. Throws `peer_not_found`, or `invalid_input` for too short or ambiguous a start.
 */
export function resolveNode(text: string, nodes: readonly NamedNode[]): string {
  const named = nodes.find(({ alias }) => alias === text);
  if (named !== undefined) return named.node_id;
  const isHeaded = text.startsWith(ID_HEAD);
  const start = isHeaded ? text.slice(ID_HEAD.length) : text;
  const found = nodes.filter(({ node_id }) => node_id.startsWith(start, ID_HEAD.length));
  const [first, second] = found;
  if (first !== undefined && start.length >= SHORT_CHARS) {
    if (second === undefined) return first.node_id;
    const ids = found.map(({ node_id }) => node_id).join(", ");
    throw new HorizonError("invalid_input", `${shown(text)} is the start of several: ${ids}.`, {
      fix: "Write more of the id.",
    });
  }
  if (isHeaded && start.length < SHORT_CHARS) {
    throw new HorizonError(
      "invalid_input",
      `${shown(text)} is too little of a node id, since anyone can make one that begins so.`,
      { fix: `Write at least ${SHORT_CHARS} characters after ${ID_HEAD}, or an alias.` },
    );
  }
  const aliases = nodes.flatMap(({ alias }) => alias ?? []);
  const hint = ACTOR_ID_PATTERN.test(text) ? "" : didYouMean(text, aliases);
  throw new HorizonError("peer_not_found", `The registry knows no node ${shown(text)}.${hint}`, {
    fix: STATUS,
  });
}
