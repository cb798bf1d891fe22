import { newCommitter } from "../state_loader.ts";
import type { App, Services } from "../services.ts";
import type { Store } from "../../store/store.ts";
import { Forwarder } from "./forwarder.ts";
import { Leadership } from "./leadership.ts";

/** This process among those on a shared store; null for a store of its own. */
export function leadershipOf(
  store: Store,
  services: () => Services,
  leading: { prepare(): Promise<void>; begin(): Promise<void> },
): Leadership | null {
  const { lease } = store;
  if (lease === null) return null;
  return new Leadership(lease, services, {
    prepare: leading.prepare,
    begin: async () => {
      const { sequencer, node } = services();
      sequencer.lead(newCommitter(store, node));
      await leading.begin();
    },
  });
}

/** What answers the requests of this process: the app, and on a shared store the leader's. */
export function front(
  app: App,
  { leadership, node, clock }: Services,
): {
  handle(request: Request): Response | Promise<Response>;
  isFromProcess(request: Request): boolean;
} {
  const handle = (request: Request) => app.fetch(request);
  if (leadership === null) return { handle, isFromProcess: () => false };
  const forwarder = new Forwarder(leadership, { handle, node_id: node.id, clock });
  return {
    handle: (request) => forwarder.answer(request),
    isFromProcess: (request) => forwarder.isFromProcess(request),
  };
}
