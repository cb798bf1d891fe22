/** What a node can be named by. */
export interface NamedNode {
  node_id: string;
  alias: string | null;
}

/** How every node id begins. */
export const ID_HEAD = "z6Mk";
/** So much of an id after its head says which node is meant; less, a stranger could match. */
export const SHORT_CHARS = 12;

/** How a node is written after the "@": its alias, or the start of its id. */
export function nodeLabel({ node_id, alias }: NamedNode): string {
  return alias ?? node_id.slice(ID_HEAD.length, ID_HEAD.length + SHORT_CHARS);
}
