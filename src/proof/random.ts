/** Fills the bytes with secret randomness: `crypto.getRandomValues`, or a seeded one in a test. */
export type FillRandom = (bytes: Uint8Array<ArrayBuffer>) => unknown;
