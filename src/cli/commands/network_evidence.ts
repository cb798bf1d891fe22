import { HorizonError } from "../../base/errors.ts";
import { formatTime } from "../../base/time_text.ts";
import { EXIT } from "../../protocol/codes.ts";
import { evidenceId, objectionTo } from "../../protocol/evidence.ts";
import type { EvidenceView } from "../../protocol/network.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { facts } from "../table.ts";

/** How much of an id finds its evidence. */
const MIN_ID_CHARS = 6;

export const command = defineCommand({
  name: "network evidence",
  summary: "Show the evidence against registries that have lied",
  about:
    "A fork: two heads that one registry signed and that don't lie on one chain. A transition: it\n" +
    "signed an event that doesn't follow from those before it. --check checks signatures and chains\n" +
    "on this machine, whatever the registry says of them; that a transition doesn't follow shows\n" +
    "only who has decided the whole feed again, as your registry does. Ends with 1 if a check fails.",
  args: { id: { summary: "only this evidence: its id, or the start of it", optional: true } },
  flags: { check: { kind: "boolean", summary: "check it on this machine" } },
  examples: ["horizon network evidence", "horizon network evidence 3f2a91 --check --json"],
  async run(ctx, { args, flags }) {
    await using connection = await connect(ctx, { home: "none" });
    const page = await connection.client.network.evidence();
    const chosen = args.id === undefined ? page.evidence : [choose(page.evidence, args.id)];
    const shown: Shown[] = [];
    for (const view of chosen) {
      shown.push(flags.check ? { ...view, objection: await objectionIn(view) } : view);
    }
    ctx.out.result({ evidence: shown }, shown.map(describe).join("\n"));
    if (shown.length === 0) ctx.out.note("No registry has been found to lie.");
    const isSound = shown.every(({ objection }) => (objection ?? null) === null);
    return isSound ? EXIT.ok : EXIT.failure;
  },
});

/** Evidence, and with --check why it proves nothing, or null. */
interface Shown extends EvidenceView {
  objection?: string | null;
}

function choose(evidence: readonly EvidenceView[], start: string): EvidenceView {
  const found = start.length < MIN_ID_CHARS
    ? []
    : evidence.filter(({ id }) => id.startsWith(start.toLowerCase()));
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  throw new HorizonError(
    first === undefined ? "not_found" : "invalid_input",
    first === undefined
      ? "There is no evidence with that id."
      : `${found.length} pieces of evidence have ids that begin so.`,
    { fix: `Write at least ${MIN_ID_CHARS} characters of an id of: horizon network evidence` },
  );
}

async function objectionIn({ id, evidence }: EvidenceView): Promise<string | null> {
  if (evidenceId(evidence) !== id) return "its id is that of something else";
  return await objectionTo(evidence);
}

function describe({ id, evidence, objection }: Shown): string {
  const { kind, node, a, b, events, message, found_at } = evidence;
  return facts([
    ["evidence", id],
    ["against", node],
    ["kind", kind],
    ["message", message],
    ["heads", `${a === null ? "the beginning" : a.seq} and ${b.seq}, ${events.length} events`],
    ["found", formatTime(found_at)],
    ...(objection === undefined ? [] : [["check", checkText(kind, objection)] as const]),
  ]);
}

function checkText(kind: string, objection: string | null): string {
  if (objection !== null) return `it proves nothing: ${objection}`;
  return kind === "fork"
    ? "it holds: the node signed both"
    : "the node signed these events; your registry decided that they don't follow";
}
