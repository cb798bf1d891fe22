import type { Connection } from "../connect.ts";
import type { Context } from "../context.ts";
import { homesOf } from "../homes.ts";
import type { Candidate } from "./candidates.ts";
import { type GpuQuote, quoteGpu, type Sampling } from "./gpu_quote.ts";

/**
 * Samples all GPUs; the quotes are in the order of the candidates. GPUs of one owner, which may sit in
 * one machine or be one card, wait for each other; those of different owners don't.
 */
export async function quoteGpus(
  candidates: readonly Candidate[],
  sampling: Sampling,
): Promise<GpuQuote[]> {
  const byOwner = Map.groupBy(candidates, ({ owner }) => owner);
  const quotes = new Map<string, GpuQuote>();
  await Promise.all([...byOwner.values()].map(async (gpus) => {
    for (const gpu of gpus) quotes.set(gpu.gpu_id, await quoteGpu(gpu, sampling));
  }));
  return candidates.flatMap(({ gpu_id }) => quotes.get(gpu_id) ?? []);
}

/**
 * The same on the registry inside this process, where nobody else provides: the provider runs here
 * meanwhile. Throws what it throws, once every lease is ended.
 */
export async function provideAndQuote(
  ctx: Context,
  connection: Connection,
  candidates: readonly Candidate[],
  sampling: Sampling,
): Promise<GpuQuote[]> {
  const { provideDuring } = await import("../../provider/provide_during.ts");
  const gpus = candidates.map(({ gpu_id }) => gpu_id);
  const homes = await homesOf(ctx, connection);
  const options = { client: connection.client, clock: ctx.io.clock, unjailed: false, gpus, homes };
  const stop = new AbortController();
  const signal = AbortSignal.any([sampling.signal, stop.signal]);
  let quotes: Promise<GpuQuote[]> | undefined;
  try {
    return await provideDuring(
      options,
      () => quotes = quoteGpus(candidates, { ...sampling, signal }),
    );
  } finally {
    stop.abort();
    await quotes;
  }
}
