import type { Json } from "../../base/json.ts";

/** One row of a tree: a place in a record, by its JSONPath. */
export interface Row {
  path: string;
  depth: number;
  name: string;
  /** A value in a line; of a branch, how much is in it. */
  text: string;
  isBranch: boolean;
}

/** The rows of a record that are not inside a closed branch. */
export function rowsOf(value: Json, closed: ReadonlySet<string>): Row[] {
  const rows: Row[] = [];
  const visit = (path: string, depth: number, name: string, at: Json) => {
    const members = membersOf(at);
    const isBranch = members !== null && members.length > 0;
    rows.push({ path, depth, name, text: isBranch ? countText(at) : JSON.stringify(at), isBranch });
    if (!isBranch || closed.has(path)) return;
    for (const [key, child] of members) {
      visit(path + stepOf(at, key), depth + 1, key, child);
    }
  };
  for (const [key, child] of membersOf(value) ?? []) visit("$" + stepOf(value, key), 0, key, child);
  return rows;
}

function membersOf(value: Json): [string, Json][] | null {
  return typeof value === "object" && value !== null ? Object.entries(value) : null;
}

/** A step of a normalized path, in the short form where the name allows it. */
function stepOf(parent: Json, key: string): string {
  if (Array.isArray(parent)) return `[${key}]`;
  return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `['${key.replace(/['\\]/g, "\\$&")}']`;
}

function countText(value: Json): string {
  const count = membersOf(value)?.length ?? 0;
  return Array.isArray(value) ? `[${count}]` : `{${count}}`;
}
