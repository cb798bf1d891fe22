import { assert, assertEquals } from "@std/assert";
import { NODE_KEY_FILE } from "../../src/base/keyfile.ts";
import { contradictions, INVARIANTS } from "./invariants.ts";
import type { Outcome } from "./outcome.ts";
import { type Run, type RunOptions, runSeed } from "./run.ts";
import { firstOf, forgeDeposit, loseCommits, revive, rewritten } from "./tamper.ts";
import type { Host } from "./host.ts";

/** A run of three registries in which there is some of everything. */
const SEED = 33;
const HOSTS = 3;

const good = (await runSeed(SEED, { hosts: HOSTS })).outcome;

/** The names of the invariants that an outcome breaks. */
function broken(outcome: Outcome): string[] {
  return Object.entries(INVARIANTS).filter(([, check]) => check(outcome).length > 0)
    .map(([name]) => name);
}

/** Whether a change of a good outcome breaks an invariant. */
function catches(name: string, change: (outcome: Outcome) => void): void {
  Deno.test(`a run that breaks it is caught: ${name}`, () => {
    const outcome = structuredClone(good);
    change(outcome);
    assert(INVARIANTS[name]?.(outcome)[0] !== undefined, "it was not");
  });
}

/** Whether what is done to a run breaks an invariant. */
function catchesRun(name: string, options: RunOptions): void {
  Deno.test(`a run that breaks it is caught: ${name}`, async () => {
    const { outcome } = await runSeed(SEED, { hosts: HOSTS, ...options });
    assert(broken(outcome).includes(name), `it broke only ${broken(outcome).join(", ")}`);
  });
}

Deno.test("a good run breaks no invariant", () => assertEquals(contradictions(good), []));

catchesRun("nothing fails that no fault explains", {
  async spoil(run) {
    const host = last(run);
    host.crash();
    run.disk.remove(`${host.folder}/${NODE_KEY_FILE}`);
    await revive(run, host);
  },
});

catchesRun("nothing acknowledged is lost", {
  hosts: 1,
  async spoil(run) {
    const host = last(run);
    host.crash();
    await loseCommits(run, host, 8);
    await revive(run, host);
  },
});

catchesRun("no honest registry is convicted", {
  async spoil(run) {
    const host = last(run);
    host.crash();
    await forgeDeposit(run, host, run.hosts[0]?.node?.id ?? "");
    await revive(run, host);
  },
});

catchesRun("every replica equals its home's state", {
  spoil({ hosts: [at, of] }) {
    const link = at?.registry?.federation.link(of?.node?.id ?? "");
    const account = link?.holder.replica.state.accounts.values().next().value;
    assert(account !== undefined, "the replica has no account");
    account.available_micros++;
  },
});

catches("every feed is one chain up to its signed head", ({ feeds: [feed] }) => {
  feed?.texts.splice(4, 1);
});

catches("every event follows from its intent when it is decided again", ({ feeds }) => {
  const [feed, seq] = firstOf(feeds, "wallet.deposited");
  rewritten(feed, seq, (text) => text.replace(/"amount_micros":\d/, '"amount_micros":9'));
});

catches("no intent is carried out twice", ({ feeds: [feed] }) => {
  const event = feed?.events.find(({ intent }) => intent !== undefined);
  if (event !== undefined) feed?.events.push(event);
});

catches("no GPU has two leases at one time", ({ feeds }) => {
  const [feed, seq] = firstOf(feeds, "lease.opened");
  const event = feed.events[seq - 1];
  if (event !== undefined) feed.events.push(structuredClone(event), event);
});

catches(
  "a GPU that moves leaves free of leases and arrives once, where it was sent",
  ({ feeds }) => {
    const [feed, seq] = firstOf(feeds, "gpu.left");
    const event = feed.events[seq - 1];
    if (event?.type === "gpu.left") event.data.to = event.data.owner;
  },
);

catches("every ledger sums to zero and no account is negative", ({ feeds }) => {
  const [feed, seq] = firstOf(feeds, "lease.opened");
  rewritten(feed, seq, (text) => text.replace(/"hold_micros":\d+/, '"hold_micros":900000000'));
});

catches("every job is over", ({ feeds }) => {
  const [feed, seq] = firstOf(feeds, "job.ended");
  feed.events.splice(seq - 1, 1);
});

Deno.test("what a disk has lost comes back from the peers, and is nobody's lie", async () => {
  const { outcome } = await runSeed(SEED, {
    hosts: HOSTS,
    async spoil(run) {
      const host = last(run);
      host.crash();
      await loseCommits(run, host, 8);
      await revive(run, host);
    },
  });
  assertEquals(contradictions(outcome), []);
});

function last({ hosts }: Run): Host {
  const host = hosts.at(-1);
  if (host === undefined) throw new Error("a run without hosts");
  return host;
}
