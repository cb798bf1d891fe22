import { assert, assertEquals, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import { canonicalJson } from "../../src/base/json.ts";
import { emptyState, Redecider, stateHash } from "../../src/market/market.ts";
import { type FeedEvent, GENESIS_PREV } from "../../src/protocol/feed.ts";
import { type Intent, NODE_INTENTS } from "../../src/protocol/intent.ts";
import { Random } from "../random.ts";
import { badgeSettings, RandomIntents } from "./random_intents.ts";
import { DOLLAR, HOUR_MS, intentOf, NODE, OTHER, RENTER, Rig } from "./rig.ts";

const RUNS = 60;
const STEPS = 60;
const EMPTY = { seq: 0, hash: GENESIS_PREV };

Deno.test(`${RUNS} random feeds are decided again, and every change of an event is named`, () => {
  const seed = Number(Deno.env.get("HORIZON_TEST_SEED") ?? Random.fresh().seed);
  console.log(`seed ${seed}; HORIZON_TEST_SEED=${seed} repeats it`);
  const seeds = new Random(seed);
  let named = 0;
  for (let run = 0; run < RUNS; run++) {
    const random = new Random(seeds.below(0xffff_ffff));
    const rig = randomMarket(random);
    const replica = redecide(rig.events);
    assertEquals(stateHash(replica.state), stateHash(rig.state));
    for (let lie = 0; lie < 8; lie++) if (isNamed(rig.events, random)) named++;
  }
  assert(named > RUNS * 4, `only ${named} lies could be told`);
});

Deno.test("an intent that was answered before, or had expired, stands behind nothing", () => {
  const rig = new Rig();
  rig.deposit(RENTER, DOLLAR);
  const [first, last] = [rig.events[0], rig.events[1]];
  assert(first !== undefined && last !== undefined);
  const again = { ...last, seq: 3 };
  assertEquals(refusedAt([first, last, again]), 3);
  const late = { ...last, at: last.at + HOUR_MS };
  assertEquals(refusedAt([first, late]), 2);
});

Deno.test("a feed by other rules is unknown, not false", () => {
  const rig = new Rig();
  const [first] = rig.events;
  assert(first?.type === "genesis");
  for (
    const foreign of [
      { ...first, data: { ...first.data, rules: 99 } },
      { ...first, data: { ...first.data, network: "another" } },
      { ...first, v: 2 },
      { ...first, type: "gpu.teleported" },
    ]
  ) {
    const error = assertThrows(() => take([canonicalJson(foreign)]), HorizonError);
    assertEquals(error.code, "unsupported_version", error.message);
  }
  const garbage = assertThrows(() => take(["{"]), HorizonError);
  assertEquals(garbage.code, "feed_false");
});

function randomMarket(random: Random): Rig {
  const settings = badgeSettings(random);
  const rig = new Rig({ ...settings, welcome_credit_micros: random.below(2) * 50_000 });
  rig.watches_state = false;
  const intents = new RandomIntents(random, rig);
  for (const gpu_id of ["a", "b", "c"]) rig.list(gpu_id);
  for (const actor of [RENTER, OTHER]) rig.deposit(actor, 5 * DOLLAR);
  for (let step = 0; step < STEPS; step++) {
    rig.pass(random.below(4) === 0 ? 61_000 : random.below(3_000));
    offer(rig, intents.next());
  }
  rig.pass(random.below(2) * HOUR_MS);
  const from = rig.state.at;
  rig.at = Math.max(rig.at, from + 5_000);
  offer(rig, intentOf(NODE, "node.gap", { from, to: rig.at }, rig.at));
  rig.pass(0);
  return rig;
}

/** As the sequencer does: a refusal by the market becomes an event, one at the door none. */
function offer(rig: Rig, intent: Intent): void {
  if (NODE_INTENTS.has(intent.type) && intent.actor !== NODE) return;
  try {
    rig.offer(intent);
  } catch (thrown) {
    if (!(thrown instanceof HorizonError)) throw thrown;
    rig.reject(intent, thrown.code, thrown.details);
  }
  rig.pass(0);
}

/** Tells a lie about one event, with a chain that fits it; true if it changed anything. */
function isNamed(events: readonly FeedEvent[], random: Random): boolean {
  const at = 1 + random.below(events.length - 1);
  const event = events[at];
  assert(event !== undefined);
  const lie = changed(event, random);
  if (lie === null) return false;
  const told = events.map((one, i) => i === at ? lie : one);
  assertEquals(refusedAt(told), event.seq, canonicalJson(lie));
  return true;
}

/** The event with one number or text of its data changed; null where it has none. */
function changed(event: FeedEvent, random: Random): FeedEvent | null {
  // By way of its text: the data may share objects with the intent, which stays as it was signed.
  const copy: FeedEvent = JSON.parse(canonicalJson(event));
  const places: { in: Record<string, unknown>; key: string }[] = [];
  const walk = (value: object) => {
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === "object" && inner !== null) walk(inner);
      else if (typeof inner === "number" || typeof inner === "string") {
        places.push({ in: value as Record<string, unknown>, key });
      }
    }
  };
  walk(copy.data);
  const place = places[random.below(places.length)];
  if (place === undefined) return null;
  const before = place.in[place.key];
  place.in[place.key] = typeof before === "number" ? before + 1 : `${before}1`;
  return copy;
}

/** The seq of the event that is refused. */
function refusedAt(events: readonly FeedEvent[]): unknown {
  const error = assertThrows(() => redecide(events), HorizonError);
  assertEquals(error.code, "feed_false", error.message);
  return error.details?.seq;
}

function redecide(events: readonly FeedEvent[]): Redecider {
  let prev = GENESIS_PREV;
  const texts = events.map((event) => {
    const text = canonicalJson({ ...event, prev });
    prev = sha256Hex(text);
    return text;
  });
  const redecider = take(texts);
  assert(redecider.isWhole);
  assertEquals(redecider.head.hash, prev);
  return redecider;
}

function take(texts: readonly string[]): Redecider {
  const redecider = new Redecider(NODE, emptyState(), EMPTY);
  redecider.take(texts);
  return redecider;
}
