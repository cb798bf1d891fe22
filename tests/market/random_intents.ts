import type { Verdict } from "../../src/protocol/gpu.ts";
import type { Intent, IntentBody, IntentType } from "../../src/protocol/intent.ts";
import type { Random } from "../store/random.ts";
import {
  CLASS,
  HASH,
  intentOf,
  judgement,
  NODE,
  OTHER,
  OWNER,
  registration,
  RENTER,
  type Rig,
  submission,
  verdictOf,
} from "./rig.ts";

const ACTORS = [OWNER, RENTER, OTHER, NODE] as const;
const GPUS = ["a", "b", "c"] as const;
const VERDICTS: Verdict["verdict"][] = [
  ...Array.from({ length: 8 }, () => "verified" as const),
  "software",
  "failed",
];
const NODE_TYPES: ReadonlySet<IntentType> = new Set<IntentType>([
  "wallet.deposit",
  "gpu.judge",
  "gpu.liveness",
  "job.lose",
  "node.settings",
]);

/** Sensible and senseless intents about a few GPUs, leases and jobs. */
export class RandomIntents {
  readonly #random: Random;
  readonly #rig: Rig;

  constructor(random: Random, rig: Rig) {
    this.#random = random;
    this.#rig = rig;
  }

  next(): Intent {
    const type = this.pick(TYPES);
    // Mostly one who may, so that things happen.
    const isNode = NODE_TYPES.has(type) && this.#random.below(20) > 0;
    const actor = isNode ? NODE : this.pick(ACTORS);
    return this.#make(actor, type);
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.#random.below(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  #make(actor: string, type: IntentType): Intent {
    const make = <T extends IntentType>(type: T, body: IntentBody<T>, by = actor) =>
      intentOf(by, type, body, this.#rig.at);
    const gpu_id = this.#random.below(30) === 0 ? "none" : this.pick(GPUS);
    const lease_id = this.#id("lease_", this.#rig.state.leases.keys());
    const job_id = this.#id("job_", this.#rig.state.jobs.keys());
    const job = this.#rig.state.jobs.get(job_id);
    const lease = this.#rig.state.leases.get(lease_id);
    const isWild = this.#random.below(10) === 0;
    const provider = isWild ? actor : job?.provider ?? actor;
    const renter = isWild ? actor : lease?.renter ?? actor;
    const attempt = isWild ? 2 : job?.attempt ?? 1;
    const duration_s = this.pick([60, 61, 90, 301, 1800]);
    switch (type) {
      case "gpu.register":
        return make(type, registration(gpu_id, this.#price()));
      case "gpu.update":
        return make(type, { gpu_id, price_micros_per_hour: this.#price() });
      case "gpu.deregister":
        return make(type, { gpu_id, force: this.#random.below(2) === 0 });
      case "lease.rent":
        return make(type, this.#rental(gpu_id, duration_s));
      case "lease.end":
        return make(type, { lease_id });
      case "lease.extend":
        return make(type, { lease_id, duration_s }, renter);
      case "job.submit":
        return make(type, { ...submission(lease?.gpu_id ?? gpu_id), ...this.#terms() }, renter);
      case "job.cancel":
        return make(type, { job_id });
      case "job.claim":
        return make(type, { job_id }, provider);
      case "job.start":
        return make(type, { job_id, attempt }, provider);
      case "job.finish":
        return make(type, { job_id, attempt, ...this.#outcome() }, provider);
      case "wallet.deposit":
        return make(type, {
          to: this.pick(ACTORS),
          amount_micros: 1 + this.#random.below(2_000_000),
        });
      case "gpu.judge":
        return make(type, judgement(gpu_id, verdictOf(this.pick(VERDICTS))));
      case "gpu.liveness":
        return make(type, { gpu_id, online: this.#random.below(4) > 0, last_seen: this.#past() });
      case "job.lose":
        return make(type, { job_id, reason: "gone", side: "provider" });
      case "node.settings":
        return make(type, this.#settings());
      case "node.gap":
        return make(type, { from: this.#rig.state.at, to: this.#rig.at });
    }
  }

  #id(prefix: string, known: Iterable<string>): string {
    // Mostly one of the latest, so that it is still under way.
    const ids = [...known].slice(-4);
    return ids.length === 0 || this.#random.below(20) === 0 ? `${prefix}999` : this.pick(ids);
  }

  #price(): number {
    return this.pick([0, 1, 3599, 3_600_000, 7_777_777]);
  }

  #past(): number {
    return Math.max(0, this.#rig.at - this.pick([0, 0, 1_000, 15_500, 70_000]));
  }

  #rental(gpu_id: string, duration_s: number): IntentBody<"lease.rent"> {
    const verdict = this.#random.below(10) === 0 ? "software" : "verified";
    const max_price_micros_per_hour = this.#random.below(6) === 0 ? this.#price() : 9_000_000;
    return { gpu_id, duration_s, max_price_micros_per_hour, expected: { verdict, class: CLASS } };
  }

  #terms(): Pick<IntentBody<"job.submit">, "limits" | "retry"> {
    const time_s = this.pick([1, 10, 100]);
    const limits = { time_s, memory_mb: 64, vram_mb: 1, output_mb: 1 };
    return { limits, retry: { attempts: this.#random.below(3), on: ["lost", "failed"] } };
  }

  #outcome(): Pick<IntentBody<"job.finish">, "outcome" | "reason" | "side" | "result"> {
    return this.#random.below(2) === 0
      ? { outcome: "succeeded", reason: "done", side: null, result: HASH }
      : { outcome: "failed", reason: "crash", side: "provider", result: null };
  }

  #settings(): IntentBody<"node.settings"> {
    return {
      mode: this.#random.below(4) === 0 ? "embedded" : "served",
      allow_software: this.#random.below(2) === 0,
      welcome_credit_micros: this.pick([0, 100_000]),
      fee_bps: this.pick([0, 33, 250, 10_000]),
      offline_grace_ms: this.pick([0, 30_000]),
    };
  }
}

/** Types by how often they are drawn. */
const TYPES: readonly IntentType[] = [
  ...many("lease.rent", 7),
  ...many("gpu.liveness", 3),
  ...many("gpu.register", 1),
  ...many("gpu.judge", 2),
  ...many("wallet.deposit", 3),
  ...many("job.submit", 7),
  ...many("job.claim", 6),
  ...many("job.start", 6),
  ...many("job.finish", 3),
  ...many("lease.extend", 2),
  ...many("lease.end", 1),
  ...many("job.cancel", 1),
  ...many("job.lose", 1),
  ...many("gpu.update", 1),
  ...many("gpu.deregister", 1),
  ...many("node.settings", 1),
];

function many(type: IntentType, times: number): IntentType[] {
  return Array.from({ length: times }, () => type);
}
