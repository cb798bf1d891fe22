import { encodeBase64Url } from "@std/encoding/base64url";
import type { Clock } from "../../src/base/clock.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import { type Identity, identityOf, newSecret } from "../../src/base/identity.ts";
import { newId } from "../../src/base/ids.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import { IntentResult, Receipt, Session } from "../../src/protocol/api.ts";
import type { IntentBody, IntentType } from "../../src/protocol/intent.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { Problem } from "../../src/protocol/problem.ts";
import { buildApp } from "../../src/registry/app.ts";
import { assemble } from "../../src/registry/assemble.ts";
import { guard } from "../../src/registry/door.ts";
import { Housekeeping } from "../../src/registry/housekeeping.ts";
import type { RegistryOptions } from "../../src/registry/registry.ts";
import type { Services } from "../../src/registry/services.ts";
import { startMarket } from "../../src/registry/start.ts";

export const MAIN_URL = new URL("../../src/main.ts", import.meta.url).href;

/** A clock that a test sets. */
export class ManualClock implements Clock {
  #now = Date.now();
  #monotonic = 1_000;

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** Lets time go by on both clocks. */
  pass(ms: number): void {
    this.#now += ms;
    this.#monotonic += ms;
  }

  /** Sets the wall clock by so much, as a person or a time server does. */
  set(ms: number): void {
    this.#now += ms;
  }
}

/** A registry on a folder whose time passes only when a test says so: no timer runs. */
export interface TestRegistry extends AsyncDisposable {
  services: Services;
  clock: ManualClock;
  node: Identity;
  folder: string;
  /** What a timer would do now. */
  housekeeping: Housekeeping;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Begins to follow other registries, as `serve` does. */
  follow(urls: readonly string[]): void;
  close(): Promise<void>;
}

export interface TestOptions {
  mode?: RegistryOptions["mode"];
  settings?: RegistryOptions["settings"];
  folder?: string;
  clock?: ManualClock;
  log?: NonNullable<RegistryOptions["log"]>;
  departures?: NonNullable<RegistryOptions["departures"]>;
  federation?: NonNullable<RegistryOptions["federation"]>;
  proving?: NonNullable<RegistryOptions["proving"]>;
  artefact_keep_ms?: number;
}

/** Opens a registry as `openRegistry` does, with its parts in reach. */
export async function openTest(options: TestOptions = {}): Promise<TestRegistry> {
  const { mode = "served", settings = {}, clock = new ManualClock() } = options;
  const folder = options.folder ?? await Deno.makeTempDir();
  const log = options.log ?? (() => {});
  const { federation = {}, proving = {}, artefact_keep_ms } = options;
  const departures = options.departures === undefined ? {} : { departures: options.departures };
  const opened = {
    folder,
    mode,
    settings,
    clock,
    log,
    main_url: MAIN_URL,
    federation,
    proving,
    ...departures,
    ...(artefact_keep_ms === undefined ? {} : { artefact_keep_ms }),
  };
  const { services, follow, endWaits, close } = await assemble(opened, clock);
  await startMarket(opened, services);
  const app = buildApp(services);
  const handle = guard((request) => app.fetch(request), services);
  const housekeeping = new Housekeeping(services);
  const test: TestRegistry = {
    services,
    clock,
    node: services.node,
    folder,
    housekeeping,
    follow,
    fetch: (path, init) => handle(new Request(`http://registry${path}`, init)),
    async close() {
      endWaits();
      await housekeeping.close();
      await close();
    },
    async [Symbol.asyncDispose]() {
      await test.close();
      if (options.folder === undefined) await Deno.remove(folder, { recursive: true });
    },
  };
  return test;
}

export function newActor(): Identity {
  return identityOf(newSecret());
}

/** What a test may change of an intent before it is signed. */
export interface IntentChanges {
  id?: string;
  registry?: string;
  issued_at?: number;
  expires_at?: number;
}

/** An envelope signed by the actor for the registry, dated now. */
export async function envelope(
  actor: Identity,
  registry: TestRegistry,
  type: IntentType | "session",
  body: unknown,
  changes: IntentChanges = {},
): Promise<{ intent: Record<string, unknown>; sig: string }> {
  const now = registry.clock.now();
  const intent = {
    v: 1,
    id: newId(now),
    type,
    actor: actor.id,
    registry: registry.node.id,
    issued_at: now,
    expires_at: now + LIMITS.intent_life_ms,
    body,
    ...changes,
  };
  return { intent, sig: encodeBase64Url(await actor.signAsync(canonicalBytes(intent))) };
}

/** Posts envelopes and reads the receipt. */
export async function submit(
  registry: TestRegistry,
  ...envelopes: unknown[]
): Promise<IntentResult[]> {
  const response = await registry.fetch("/v1/intents", {
    method: "POST",
    body: JSON.stringify({ envelopes }),
  });
  if (response.status !== 200) throw new Error(`refused: ${await response.text()}`);
  return Receipt.parse(await response.json()).results;
}

/** Posts one intent of an actor. */
export async function act<T extends IntentType>(
  registry: TestRegistry,
  actor: Identity,
  type: T,
  body: IntentBody<T>,
): Promise<IntentResult> {
  const [result] = await submit(registry, await envelope(actor, registry, type, body));
  return IntentResult.parse(result);
}

/** Posts one intent that must be accepted. */
export async function accepted<T extends IntentType>(
  registry: TestRegistry,
  actor: Identity,
  type: T,
  body: IntentBody<T>,
): Promise<Extract<IntentResult, { ok: true }>> {
  const result = await act(registry, actor, type, body);
  if (!result.ok) throw new Error(`refused: ${result.code}: ${result.message}`);
  return result;
}

/** A session token of an actor, as a header. */
export async function sessionOf(
  registry: TestRegistry,
  actor: Identity,
): Promise<{ authorization: string }> {
  const body = JSON.stringify(await envelope(actor, registry, "session", {}));
  const response = await registry.fetch("/v1/sessions", { method: "POST", body });
  const { token } = Session.parse(await response.json());
  return { authorization: `Bearer ${token}` };
}

/** The problem document of a response. */
export async function problemIn(response: Response): Promise<Problem> {
  return Problem.parse(await response.json());
}

/** What an owner says of a GPU. */
export function gpuBody(gpu_id: string, price_micros_per_hour = 300_000, gpu_type = "RTX 3090") {
  const figure = (median: number) => ({ median, p10: median, p90: median });
  return {
    gpu_id,
    gpu_type,
    vram_gb: 24,
    price_micros_per_hour,
    adapter: {
      vendor: "nvidia",
      architecture: "ampere",
      device: "",
      description: `NVIDIA GeForce ${gpu_type}`,
      is_fallback: false,
    },
    performance: {
      self_reported: true as const,
      measured_at: 1_750_000_000_000,
      fp32_gflops: figure(24_000),
      fp16_gflops: null,
      u32_gops: figure(1),
      memory_gbps: figure(850),
      upload_gbps: figure(11),
      download_gbps: figure(11),
      launch_us: figure(30),
    },
  };
}

/** What a registry says of a GPU that it has proven. */
export function judgeBody(gpu_id: string, now_ms: number): IntentBody<"gpu.judge"> {
  return {
    gpu_id,
    challenge_id: newId(now_ms),
    verdict: {
      verdict: "verified",
      class: "RTX 3090",
      reason: "Its figures are those of the class.",
      figures: { gops: 12_000, elapsed_ms: 11, m: 4096, k: 4096, n: 4096 },
      contradicts: [],
      step: null,
    },
    root: null,
    indices: [],
    answer_sha256: sha256Hex(gpu_id),
  };
}

/** Registers a GPU and has the registry say that it was proven and is online. */
export async function listGpu(
  registry: TestRegistry,
  owner: Identity,
  gpu_id: string,
  price_micros_per_hour = 300_000,
): Promise<void> {
  await accepted(registry, owner, "gpu.register", gpuBody(gpu_id, price_micros_per_hour));
  await accepted(registry, registry.node, "gpu.judge", judgeBody(gpu_id, registry.clock.now()));
  if (registry.services.sequencer.state.settings.mode === "served") {
    const last_seen = registry.clock.now();
    await accepted(registry, registry.node, "gpu.liveness", { gpu_id, online: true, last_seen });
    registry.services.presence.see(gpu_id);
  }
}

/** Deposits money and rents a listed GPU. */
export async function rentGpu(
  registry: TestRegistry,
  renter: Identity,
  gpu_id: string,
  duration_s = 3600,
): Promise<string> {
  const amount_micros = 10_000_000;
  await accepted(registry, registry.node, "wallet.deposit", { to: renter.id, amount_micros });
  const { data } = await accepted(registry, renter, "lease.rent", {
    gpu_id,
    duration_s,
    max_price_micros_per_hour: 1_000_000,
    expected: { verdict: "verified", class: "RTX 3090" },
  });
  return String(data.lease_id);
}
