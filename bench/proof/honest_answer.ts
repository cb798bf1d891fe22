import { fillKeystream, keyWords } from "../../src/proof/chacha8.ts";
import { STREAM_A, STREAM_B } from "../../src/proof/freivalds.ts";
import { leafHash, merkleTree, pathOf, rootOf } from "../../src/proof/merkle.ts";
import { encodeOpenings } from "../../src/proof/openings.ts";
import type { AnswerCheck } from "../../src/proof/pipeline.ts";
import { type Profile, profileNamed } from "../../src/proof/profiles.ts";
import { drawRows } from "../../src/proof/rows.ts";

/** The profile that the figures are about: K = N = 4096, 64 rows opened. */
export function benchProfile(): Profile {
  const profile = profileNamed("u32-4k");
  if (profile === undefined) throw new Error("the profile u32-4k is gone");
  return profile;
}

/** An answer that holds. Only the opened rows are multiplied; the other leaves are arbitrary. */
export function honestAnswer(): AnswerCheck {
  const profile = benchProfile();
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const indices = drawRows(profile.m, (bytes) => crypto.getRandomValues(bytes));
  const rows = multiplyRows(seed, profile, indices);
  const other = leafHash(new Uint8Array());
  const leaves = Array.from({ length: profile.m }, () => other);
  indices.forEach((index, i) => leaves[index] = leafHash(rows[i]!));
  const tree = merkleTree(leaves);
  const openings = indices.map((index, i) => ({
    index,
    row: rows[i]!,
    path: pathOf(tree, profile.m, index),
  }));
  const { m, k, n, name } = profile;
  return {
    challenge: { challenge_id: "bench", nonce: new Uint8Array(32), m, k, n, profile: name },
    seed,
    root: rootOf(tree).slice(),
    indices,
    answer: encodeOpenings(profile, openings),
  };
}

function multiplyRows(seed: Uint8Array, { k, n }: Profile, indices: number[]): Uint8Array[] {
  const key = keyWords(seed);
  const rowsOfA = indices.map((index) => {
    const row = new Uint32Array(k);
    fillKeystream(key, STREAM_A, index * k, row);
    return row;
  });
  const rowsOfC = indices.map(() => new Uint32Array(n));
  const rowOfB = new Uint32Array(n);
  for (let j = 0; j < k; j++) {
    fillKeystream(key, STREAM_B, j * n, rowOfB);
    for (let i = 0; i < indices.length; i++) addScaled(rowsOfC[i]!, rowsOfA[i]![j]!, rowOfB);
  }
  return rowsOfC.map((row) => new Uint8Array(row.buffer));
}

function addScaled(sum: Uint32Array, scale: number, row: Uint32Array): void {
  for (let l = 0; l < row.length; l++) sum[l] = sum[l]! + Math.imul(scale, row[l]!);
}
