import { HorizonError } from "../../base/errors.ts";
import { formatDollars } from "../../base/money.ts";
import type { EventDraft } from "../../protocol/feed.ts";
import type { IntentBody } from "../../protocol/intent.ts";
import { issuableMicros } from "../ledger.ts";
import { type Ask, checkIsNode } from "./ask.ts";

/** Credits a wallet. */
export function deposit(ask: Ask, body: IntentBody<"wallet.deposit">): EventDraft[] {
  checkIsNode(ask, "credit a wallet");
  const left_micros = issuableMicros(ask.state);
  if (body.amount_micros > left_micros) {
    const message = `This registry can credit ${formatDollars(left_micros)} more, and no further.`;
    throw new HorizonError("limit_reached", message, { details: { left_micros } });
  }
  return [{ type: "wallet.deposited", data: { ...body, reason: "operator" } }];
}

/** Changes what the operator decides. A registry that serves others never becomes embedded again. */
export function changeSettings(ask: Ask, body: IntentBody<"node.settings">): EventDraft[] {
  checkIsNode(ask, "change its settings");
  if (ask.state.settings.mode === "served" && body.mode === "embedded") {
    throw new HorizonError("forbidden", "A served registry can't become an embedded one.", {
      fix: "Use another data folder.",
    });
  }
  return [{ type: "settings.changed", data: body }];
}

/** Leaves downtime out of every lease. It begins at the last event or later. */
export function gap(ask: Ask, body: IntentBody<"node.gap">): EventDraft[] {
  const { from, to } = body;
  if (from < ask.state.at || to <= from || to > ask.at) {
    const message = "A gap lies between the last event and now, and is longer than nothing.";
    throw new HorizonError("invalid_input", message, {
      details: { last_at: ask.state.at, now: ask.at },
    });
  }
  checkIsNode(ask, "say when it was down");
  return [{ type: "gap", data: { from, to } }];
}
