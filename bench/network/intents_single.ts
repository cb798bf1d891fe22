import type { Figure } from "../figure.ts";
import { measureIntents } from "../intent_load.ts";

const REQUESTS_PER_CLIENT = 100;

/** The same with one intent a request: HTTP, and a receipt's signature, for each. */
export const figure: Figure = {
  group: "network",
  name: "intents made durable over HTTP, one a request / WebCrypto verifications on one core",
  unit: "1/s",
  aim: { op: ">=", value: 0.2 },
  measure: () => measureIntents(1, REQUESTS_PER_CLIENT),
};
