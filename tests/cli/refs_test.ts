import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { withSuffix } from "../../src/cli/home.ts";
import { resolveNode } from "../../src/cli/nodes.ts";
import { nodeLabel } from "../../src/protocol/node_label.ts";
import { readRefs } from "../../src/cli/refs.ts";

const BERLIN = `z6Mk${"berLinberLin".padEnd(44, "1")}`;
const PARIS = `z6Mk${"parisparispa".padEnd(44, "1")}`;
const PARIS_TWIN = `z6Mk${"parisparispa".padEnd(44, "2")}`;
const NODES = [
  { node_id: BERLIN, alias: "berlin" },
  { node_id: PARIS, alias: null },
  { node_id: PARIS_TWIN, alias: null },
];

const refs = (args: Record<string, string>, flags: Record<string, string> = {}) =>
  readRefs({ args, flags });

function refusal(work: () => unknown): HorizonError {
  return assertThrows(work, HorizonError);
}

Deno.test("the node is taken off every kind of reference, and off nothing else", () => {
  for (const name of ["gpu_id", "lease_id", "job_id", "bid_id", "auction_id", "auction"]) {
    const { input, home } = refs({ [name]: "rig-1@berlin" });
    assertEquals([input.args[name], home], ["rig-1", "berlin"], name);
  }
  assertEquals(refs({}, { gpu: "rig-1@berlin" }).input.flags, { gpu: "rig-1" });
  const file = refs({ file: "a@b" }, { data: "x@y" });
  assertEquals(file, { input: { args: { file: "a@b" }, flags: { data: "x@y" } }, home: undefined });
  assertEquals(refs({ gpu_id: "rig-1" }).home, undefined);
  assertEquals(refs({ gpu_id: "rig-1" }, { home: "berlin" }).home, "berlin");
  assertEquals(refs({ gpu_id: "rig-1@berlin" }, { home: "berlin" }).home, "berlin");
});

Deno.test("two registries on one command line contradict each other", () => {
  const error = refusal(() => refs({ gpu_id: "rig-1@berlin" }, { home: "paris" }));
  assertEquals(error.code, "invalid_input");
  assertStringIncludes(error.message, '"paris" and "berlin"');
});

Deno.test("a reference has one node, and something on both sides of the @", () => {
  for (const word of ["@berlin", "rig-1@", "a@b@c", "@"]) {
    assertEquals(refusal(() => refs({ gpu_id: word })).code, "invalid_input", word);
  }
});

Deno.test("a node is found by its alias, its id, or enough of it", () => {
  assertEquals(resolveNode("berlin", NODES), BERLIN);
  assertEquals(resolveNode(BERLIN, NODES), BERLIN);
  assertEquals(resolveNode("berLinberLin", NODES), BERLIN);
  assertEquals(resolveNode("z6MkberLinberLin", NODES), BERLIN);
  assertEquals(resolveNode(PARIS, NODES), PARIS);
  assertEquals(resolveNode(nodeLabel({ node_id: BERLIN, alias: null }), NODES), BERLIN);
});

Deno.test("a start that several nodes have, or that is short, is no node", () => {
  const several = refusal(() => resolveNode("parisparispa", NODES));
  assertEquals(several.code, "invalid_input");
  assertStringIncludes(several.message, PARIS_TWIN);
  assertEquals(refusal(() => resolveNode("z6MkberLin", NODES)).code, "invalid_input");
  assertEquals(refusal(() => resolveNode("berLinberLi", NODES)).code, "peer_not_found");
});

Deno.test("an unknown alias is told with the nearest one", () => {
  const error = refusal(() => resolveNode("berln", NODES));
  assertEquals(error.code, "peer_not_found");
  assertStringIncludes(error.message, 'Did you mean "berlin"?');
  assertEquals(refusal(() => resolveNode("x", [])).code, "peer_not_found");
});

Deno.test("ids are shown as the next command takes them, and nothing else changes", () => {
  const view = { lease_id: "lease_1", gpu_id: "rig-1", lease_ids: ["lease_1"], job_id: null, n: 1 };
  assertEquals(withSuffix(view, "@berlin"), {
    lease_id: "lease_1@berlin",
    gpu_id: "rig-1@berlin",
    lease_ids: ["lease_1@berlin"],
    job_id: null,
    n: 1,
  });
  assertEquals(withSuffix(view, ""), view);
});
