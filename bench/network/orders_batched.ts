import type { Figure } from "../figure.ts";
import { measureIntents } from "../intent_load.ts";
import { signOrder } from "../registry_load.ts";

const BATCH = 64;
const REQUESTS_PER_CLIENT = 2;

/** The same for orders, each of which holds money and rests, with a clearing round every 5 s. */
export const figure: Figure = {
  group: "network",
  name: "orders made durable over HTTP, batches of 64 / WebCrypto verifications on one core",
  unit: "1/s",
  aim: null,
  measure: () => measureIntents(BATCH, REQUESTS_PER_CLIENT, signOrder),
};
