import { HorizonError } from "../../base/errors.ts";
import { CheckpointTooLarge } from "../checkpoints.ts";
import { capDeviceMemory } from "../vram_cap.ts";
import { consoleTo } from "./console.ts";
import { contextOf, type ModuleListener, type ModuleParts } from "./context.ts";
import { looseEnds } from "./loose_ends.ts";
import { importSource, moduleError } from "./source.ts";

/**
 * Runs JavaScript of the renter's to its end. It holds a GPU device and no right at all; the process
 * is its jail. Throws `module_error` with what it threw and where, `memory_limit` where that was for
 * want of memory, `checkpoint_limit` for a checkpoint over its limit.
 */
export async function runModule(
  source: Uint8Array<ArrayBuffer>,
  parts: ModuleParts,
  listener: ModuleListener,
): Promise<void> {
  consoleTo((text) => listener.onLog(text));
  capDeviceMemory(parts.job.message.limits.vram_mb);
  const context = contextOf(parts, listener);
  const loose = looseEnds();
  const main = await Promise.race([imported(source), loose]);
  await Promise.race([called(main, context), loose]);
}

/** The module's default function. */
async function imported(source: Uint8Array<ArrayBuffer>): Promise<(context: unknown) => unknown> {
  let module;
  try {
    module = await importSource(source);
  } catch (thrown) {
    throw failureOf("be imported", thrown);
  }
  const main: unknown = module.default;
  if (typeof main === "function") return (context) => main(context);
  throw new HorizonError(
    "module_error",
    "The module exports no default function: it must say `export default async (context) => …`.",
  );
}

async function called(main: (context: unknown) => unknown, context: unknown): Promise<void> {
  try {
    await main(context);
  } catch (thrown) {
    throw failureOf("run", thrown);
  }
}

function failureOf(doing: "be imported" | "run", thrown: unknown): HorizonError {
  try {
    return knownFailure(thrown) ?? moduleError(doing, thrown);
  } catch {
    // It refuses to be looked at, as a proxy may.
    return moduleError(doing, thrown);
  }
}

/** What of a failure has a reason of its own; null for the rest. */
function knownFailure(thrown: unknown): HorizonError | null {
  if (thrown instanceof HorizonError) return thrown;
  if (thrown instanceof CheckpointTooLarge) {
    return new HorizonError("checkpoint_limit", `The module failed: ${thrown.message}.`);
  }
  if (thrown instanceof RangeError && thrown.message.includes("allocation failed")) {
    return new HorizonError("memory_limit", `The module needed more memory: ${thrown.message}`);
  }
  return null;
}
