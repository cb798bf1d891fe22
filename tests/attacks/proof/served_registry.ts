import type { Clock } from "../../../src/base/clock.ts";
import type { Identity } from "../../../src/base/identity.ts";
import type { Settings } from "../../../src/protocol/intent.ts";
import { listen } from "../../../src/registry/listen.ts";
import { openRegistry, type RegistryOptions } from "../../../src/registry/registry.ts";
import { MAIN_URL } from "../../registry/harness.ts";

const NEVER_MS = 1e12;

/** The machine's clock, which a test may set forward: what would take hours need not be waited for. */
export class LeapingClock implements Clock {
  #leapt_ms = 0;

  now(): number {
    return Date.now() + this.#leapt_ms;
  }

  monotonic(): number {
    return performance.now() + this.#leapt_ms;
  }

  leap(ms: number): void {
    this.#leapt_ms += ms;
  }
}

/** A registry as `horizon serve` runs it: a KV file in a folder of its own, a socket on loopback. */
export interface ServedRegistry extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** The operator. */
  readonly node: Identity;
  readonly clock: LeapingClock;
}

/** Serves a fresh registry until it is disposed of. It lists software adapters unless told otherwise. */
export async function serveRegistry(
  settings: Partial<Omit<Settings, "mode">> = {},
  proving: NonNullable<RegistryOptions["proving"]> = {},
): Promise<ServedRegistry> {
  const folder = await Deno.makeTempDir();
  const clock = new LeapingClock();
  const registry = await openRegistry({
    folder,
    mode: "served",
    settings: { allow_software: true, ...settings },
    clock,
    // It asks for no proof by itself, unless the attack is about that.
    proving: { idle_mean_ms: NEVER_MS, cohort_mean_ms: NEVER_MS, ...proving },
    main_url: MAIN_URL,
  });
  const listener = await listen(registry, { host: "127.0.0.1", port: 0 });
  return {
    url: listener.url,
    port: listener.port,
    node: registry.node,
    clock,
    async [Symbol.asyncDispose]() {
      await listener.close();
      await registry.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
