import { assert, assertEquals } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import {
  deserialize,
  emptyState,
  evolve,
  nextDeadline,
  serialize,
  stateHash,
} from "../../src/market/market.ts";
import type { FeedEvent } from "../../src/protocol/feed.ts";
import type { Intent, Settings } from "../../src/protocol/intent.ts";
import { Random } from "../random.ts";
import { badgeSettings, RandomIntents } from "./random_intents.ts";
import { PlainMarket } from "./reference.ts";
import { HOUR_MS, intentOf, NODE, OTHER, OWNER, present, RENTER, Rig, SERVED } from "./rig.ts";

const SEQUENCES = 1_200;
const STEPS = 80;
const STEP_LENGTHS_MS = [0, 0, 0, 1, 999, 2_000, 5_000, 12_345, 29_999, 61_000];

Deno.test(`${SEQUENCES} random markets agree with the plain ledger, meter and auctions`, () => {
  const seed = Number(Deno.env.get("HORIZON_TEST_SEED") ?? Random.fresh().seed);
  console.log(`seed ${seed}; HORIZON_TEST_SEED=${seed} repeats it`);
  const seeds = new Random(seed);
  const counts = new Map<string, number>();
  for (let i = 0; i < SEQUENCES; i++) {
    const run = new Run(new Random(seeds.below(0xffff_ffff)));
    run.go();
    for (const { type } of run.rig.events) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  for (
    const type of [
      "gap",
      "job.requeued",
      "lease.extended",
      "lease.ended",
      "archived",
      "job.started",
      "auction.extended",
      "auction.revealed",
      "auction.cleared",
      "auction.cancelled",
      "bid.entered",
      "bid.filled",
      "bid.ended",
      "market.cleared",
      "gpu.left",
      "gpu.arrived",
      "gpu.move_refused",
      "gpu.expired",
      "gpu.challenged",
      "gpu.challenge_lapsed",
    ]
  ) {
    assert((counts.get(type) ?? 0) >= 10, `the markets saw too few events ${type}`);
  }
});

class Run {
  readonly rig: Rig;
  readonly #random: Random;
  readonly #plain: PlainMarket;
  readonly #intents: RandomIntents;
  #checked = 0;

  constructor(random: Random) {
    this.#random = random;
    const settings: Settings = {
      ...SERVED,
      mode: random.below(4) === 0 ? "embedded" : "served",
      welcome_credit_micros: random.below(2) * 50_000,
      fee_bps: random.below(2) * 333,
      move_wait_ms: 20_000 + random.below(2) * 400_000,
      ...badgeSettings(random),
    };
    this.rig = new Rig(settings);
    this.#plain = new PlainMarket(settings);
    this.#intents = new RandomIntents(random, this.rig);
  }

  go(): void {
    for (const gpu_id of ["a", "b", "c"]) this.rig.list(gpu_id);
    for (const actor of [RENTER, OTHER]) {
      this.rig.deposit(actor, this.#intents.pick([400_000, 9_000_000]));
    }
    this.#check();
    for (let step = 0; step < STEPS; step++) {
      this.#letTimePass();
      // Comparing whole states is dear: some of the decisions show that deciding changes nothing.
      this.rig.watches_state = this.#random.below(16) === 0;
      this.#offer(this.#intents.next());
      if (this.#random.below(STEPS) === 0) this.#restore();
    }
    this.rig.pass(2 * HOUR_MS);
    this.#check();
    this.#compareRecords();
    this.#checkReplay();
  }

  #letTimePass(): void {
    if (this.#random.below(30) === 0) {
      const from = this.rig.at = Math.max(this.rig.at, this.rig.state.at);
      this.rig.at += 1 + this.#random.below(HOUR_MS);
      this.#offer(intentOf(NODE, "node.gap", { from, to: this.rig.at }, this.rig.at));
    }
    this.rig.pass(this.#intents.pick(STEP_LENGTHS_MS));
    this.#check();
    this.#plain.bids.checkSettled();
    this.#plain.proofs.checkSettled();
    for (const lease of this.#plain.leases.values()) {
      const isOverdue = lease.live && Math.min(...this.#plain.deadlines(lease)) <= this.rig.at;
      assert(!isOverdue, "a lease outlived its deadline");
    }
    assert((nextDeadline(this.rig.state) ?? Infinity) > this.rig.at);
  }

  #offer(intent: Intent): void {
    const expected = this.#expectedRefusal(intent);
    let code: string | null = null;
    try {
      this.rig.offer(intent);
    } catch (thrown) {
      if (!(thrown instanceof HorizonError)) throw thrown;
      code = thrown.code;
      assert(code !== "state_mismatch" && code !== "internal", thrown.message);
      if (this.#random.below(2) === 0) this.rig.reject(intent, code);
    }
    if (expected !== undefined) assertEquals(code, expected, JSON.stringify(intent));
    this.#check();
  }

  /** What the plain market says of it; undefined where it has no opinion. */
  #expectedRefusal({ type, body, actor }: Intent): string | null | undefined {
    const isNew = !this.rig.state.accounts.has(actor) && actor !== NODE;
    const gift = isNew ? BigInt(this.#plain.settings.welcome_credit_micros) : 0n;
    if (type === "lease.rent") return this.#plain.rentRefusal(actor, body, gift);
    if (type === "lease.extend" && this.rig.state.leases.has(body.lease_id)) {
      return this.#plain.extendRefusal(actor, body, gift);
    }
    return undefined;
  }

  /** Compares after each event. */
  #check(): void {
    const fresh = this.rig.events.slice(this.#checked);
    for (const event of fresh) this.#plain.take(event);
    this.#checked = this.rig.events.length;
    if (fresh.length > 0) this.#compare();
  }

  #compare(): void {
    const { state } = this.rig;
    let sum = BigInt(state.fees_micros) + BigInt(state.issuance_micros);
    for (const actor of [NODE, OWNER, RENTER, OTHER]) {
      const money = this.rig.money(actor).map(BigInt);
      const plain = this.#plain.accounts.get(actor);
      assertEquals(money, [plain?.available ?? 0n, plain?.held ?? 0n, plain?.earned ?? 0n]);
      assert(money.every((micros) => micros >= 0n));
      sum += money.reduce((a, b) => a + b);
    }
    assertEquals(sum, 0n, "all money sums to zero");
    assertEquals(BigInt(state.fees_micros), this.#plain.fees);
    assertEquals(-BigInt(state.issuance_micros), this.#plain.issued);
    this.#compareLeases();
    this.#compareBids();
    this.#compareHomes();
    this.#compareBadges();
    this.#checkJobs();
  }

  #compareLeases(): void {
    const live = [...this.#plain.leases].filter(([, lease]) => lease.live);
    const gpus = live.map(([, { gpu_id }]) => gpu_id);
    assertEquals(new Set(gpus).size, gpus.length, "no two live leases on a GPU");
    const ids = [...this.rig.state.leases.values()].filter(({ state }) => state === "live")
      .map(({ lease_id }) => lease_id);
    assertEquals(new Set(ids), new Set(live.map(([id]) => id)));
    for (const [id, lease] of live) {
      const view = this.rig.lease(id);
      const metered_s = Math.floor(this.#plain.meteredMs(lease, this.rig.state.at) / 1000);
      assertEquals(view.metered_s, metered_s, id);
      assertEquals(view.ends_at, this.#plain.deadlines(lease)[0]);
      assertEquals(this.rig.gpu(lease.gpu_id).lease_id, id);
    }
  }

  /** What is held is what live leases and open bids hold. */
  #compareBids(): void {
    const { bids } = this.#plain;
    const open = [...this.rig.state.bids.values()].filter(({ ended_at }) => ended_at === null);
    assertEquals(new Set(open.map(({ bid_id }) => bid_id)), new Set(bids.open.keys()));
    for (const { bid_id, hold_micros, quantity, filled } of open) {
      const plain = bids.open.get(bid_id);
      assertEquals(
        [BigInt(hold_micros), quantity - filled],
        [plain?.hold, plain?.quantity],
        bid_id,
      );
    }
    for (const actor of [NODE, OWNER, RENTER, OTHER]) {
      const leased = [...this.#plain.leases.values()]
        .filter(({ live, renter }) => live && renter === actor)
        .reduce((sum, { hold }) => sum + hold, 0n);
      const held = leased + bids.heldBy(actor) + this.#plain.proofs.heldBy(actor);
      assertEquals(BigInt(this.rig.money(actor)[1]), held);
    }
    for (const { gpu_id, auction_id } of this.rig.state.gpus.values()) {
      assertEquals(auction_id, this.#plain.gpus.get(gpu_id)?.auction_id);
    }
  }

  #compareHomes(): void {
    const { gpus, departures } = this.rig.state;
    for (const { gpu_id } of gpus.values()) {
      const { home_epoch, arrives_at, status } = this.rig.gpu(gpu_id);
      const plain = this.#plain.gpus.get(gpu_id);
      assertEquals([home_epoch, arrives_at], [plain?.home_epoch, plain?.arrives_at], gpu_id);
      assertEquals(status === "moving", arrives_at !== null, gpu_id);
    }
    assertEquals(new Set(departures.keys()), new Set(this.#plain.departures.keys()));
  }

  #compareBadges(): void {
    for (const { gpu_id, proven_at, complaint } of this.rig.state.gpus.values()) {
      const plain = present(this.#plain.gpus.get(gpu_id));
      const isListed = this.#plain.isListed(plain) && plain.arrives_at === null;
      assertEquals([this.rig.gpu(gpu_id).status === "listed", proven_at], [
        isListed,
        plain.proven_at,
      ]);
      assertEquals(complaint?.actor, this.#plain.proofs.complaints.get(gpu_id)?.actor);
    }
  }

  /** What is counted of each owner; GPUs are counted up to the last event about them. */
  #compareRecords(): void {
    const { state } = this.rig;
    this.rig.act(NODE, "node.settings", state.settings);
    this.#check();
    for (const actor of [NODE, OWNER, RENTER, OTHER]) {
      const counted = Object.entries(state.owners.get(actor) ?? {}).filter(([, n]) => n > 0);
      assertEquals(Object.fromEntries(counted), this.#plain.record.of(actor));
    }
  }

  #checkJobs(): void {
    const { state } = this.rig;
    for (const job of state.jobs.values()) {
      assert(job.attempt <= 1 + job.retry.attempts);
      const isOpen = job.ended_at === null;
      const lease = state.leases.get(job.lease_id);
      assertEquals(state.open_jobs.get(job.lease_id)?.has(job.job_id) ?? false, isOpen);
      if (!isOpen) continue;
      assertEquals([lease?.state, lease?.gpu_id, lease?.owner, lease?.renter], [
        "live",
        job.gpu_id,
        job.provider,
        job.renter,
      ]);
    }
  }

  /** Goes on from a snapshot of the state. */
  #restore(): void {
    const bytes = serialize(this.rig.state);
    this.rig.state = deserialize(bytes);
    assertEquals(serialize(this.rig.state), bytes);
  }

  #checkReplay(): void {
    const state = emptyState();
    const feed: FeedEvent[] = JSON.parse(JSON.stringify(this.rig.events));
    for (const event of feed) evolve(state, event);
    assertEquals(stateHash(state), stateHash(this.rig.state));
    assertEquals(stateHash(deserialize(serialize(state))), stateHash(state));
  }
}
