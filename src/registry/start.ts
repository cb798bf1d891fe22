import { genesis } from "../market/market.ts";
import type { Settings } from "../protocol/intent.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { RegistryOptions } from "./registry.ts";
import type { Services } from "./services.ts";

/** Downtime that is worth an event: a running registry ticks twice in it. */
const GAP_MS = 2 * LIMITS.tick_ms;
const DEFAULTS: Omit<Settings, "mode"> = {
  allow_software: false,
  welcome_credit_micros: 0,
  fee_bps: 0,
  offline_grace_ms: LIMITS.offline_grace_ms,
};

/** What a registry that serves others adds, where nothing is said of it. */
const SERVED: Pick<Settings, "badge_life_ms" | "challenge_fee_micros"> = {
  badge_life_ms: LIMITS.badge_life_ms,
  challenge_fee_micros: LIMITS.challenge_fee_micros,
};

/**
 * What a loaded market needs before it takes intents: a first event, the downtime, the operator's
 * settings, and an end to the jobs of a process that is gone. Resolves when all of it is durable.
 */
export async function startMarket(options: RegistryOptions, services: Services): Promise<void> {
  const { sequencer, node } = services;
  if (sequencer.head.seq === 0) {
    const settings = { ...defaultsOf(options.mode), ...options.settings, mode: options.mode };
    sequencer.advance(genesis(node.id, settings));
  } else {
    await noteGap(services);
    await changeSettings(options, services);
    await loseOrphans(services);
  }
  await sequencer.feed.whenDurable(sequencer.head.seq);
}

/**
 * Leases are neither billed for a served registry's downtime nor shortened by it, and a GPU that moves
 * waits longer.
 */
async function noteGap({ sequencer, nodeIntents, clock }: Services): Promise<void> {
  const { state } = sequencer;
  const from = state.at;
  const to = clock.now();
  const isServed = state.settings.mode === "served";
  const isUnderWay = state.live_leases.size > 0 ||
    state.gpus.values().some((gpu) => gpu.arrival !== null);
  if (isServed && isUnderWay && to - from > GAP_MS) {
    await nodeIntents.submit("node.gap", { from, to });
  }
}

async function changeSettings(options: RegistryOptions, services: Services): Promise<void> {
  const { sequencer, nodeIntents } = services;
  const before = sequencer.state.settings;
  const mode = before.mode === "served" ? "served" : options.mode;
  const wanted: Settings = { ...defaultsOf(mode), ...before, ...options.settings, mode };
  const names = Object.keys(wanted) as (keyof Settings)[];
  if (names.some((name) => wanted[name] !== before[name])) {
    await nodeIntents.submit("node.settings", wanted);
  }
}

function defaultsOf(mode: Settings["mode"]): Omit<Settings, "mode"> {
  return mode === "served" ? { ...DEFAULTS, ...SERVED } : DEFAULTS;
}

/** On an embedded registry the holder of the folder ran the jobs: nobody does after it has died. */
async function loseOrphans({ sequencer, nodeIntents }: Services): Promise<void> {
  const { state } = sequencer;
  if (state.settings.mode !== "embedded") return;
  const orphans = state.jobs.values().filter((job) =>
    job.state === "assigned" || job.state === "running"
  );
  for (const { job_id } of [...orphans]) {
    await nodeIntents.submit("job.lose", { job_id, reason: "provider_gone", side: "provider" });
  }
}
