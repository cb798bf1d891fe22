import type { Figure } from "../figure.ts";
import { measureIntents } from "../intent_load.ts";

const BATCH = 64;
const REQUESTS_PER_CLIENT = 4;

/** How close the whole write path comes to what the check of its signatures costs alone. */
export const figure: Figure = {
  group: "network",
  name: "intents made durable over HTTP, batches of 64 / WebCrypto verifications on one core",
  unit: "1/s",
  aim: { op: ">=", value: 0.5 },
  measure: () => measureIntents(BATCH, REQUESTS_PER_CLIENT),
};
