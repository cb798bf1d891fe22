import type { JailedJob } from "../../src/provider/jail.ts";

export const MODULE_LIMITS = { time_s: 30, memory_mb: 64, vram_mb: 64, output_mb: 1 };

/** A job of a whole module, as a provider has it once it is fetched; `more` takes the place of its parts. */
export function moduleJob(source: string, more: Partial<JailedJob> & { args?: unknown } = {}) {
  const { args = null, ...rest } = more;
  return {
    program: { kind: "module", module: { args, env: {} } },
    payloads: new Map([["source", new TextEncoder().encode(source)]]),
    inputs: new Map(),
    outputs: [],
    limits: MODULE_LIMITS,
    ...rest,
  } as const satisfies JailedJob;
}
