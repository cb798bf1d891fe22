import { HorizonError } from "../../src/base/errors.ts";
import { type Identity, identityOf } from "../../src/base/identity.ts";
import { Client } from "../../src/client/client.ts";
import type { SignedIntent } from "../../src/client/intents.ts";
import { API_BASE, type IntentResult } from "../../src/protocol/api.ts";
import type { IntentBody, IntentType } from "../../src/protocol/intent.ts";
import type { Host } from "./host.ts";
import type { Network } from "./network.ts";
import type { Acknowledgements } from "./records.ts";
import { Process, type World } from "./world.ts";

/** What actors stand in. */
export interface Stage {
  world: World;
  network: Network;
  hosts: readonly Host[];
  acknowledged: Acknowledgements;
  /** True once no new work is to begin. */
  isClosing(): boolean;
  /** Told of what the run must not see. */
  fail(what: string, thrown: unknown): void;
}

/** Keys are the same in all runs: to make one takes longer than anything else that an actor does. */
const keys = new Map<string, Identity>();

/** Somebody with a key and a machine of his own, who talks to registries by the real client. */
export abstract class Actor {
  readonly name: string;
  readonly identity: Identity;
  readonly process: Process;
  readonly stage: Stage;

  constructor(name: string, identity: Identity, stage: Stage) {
    this.name = name;
    this.identity = identity;
    this.stage = stage;
    this.process = new Process(stage.world, name, stage.world.random.below(4_001) - 2_000);
  }

  /** What he does until the stage closes. */
  abstract act(): Promise<void>;

  /** A client of a host's registry, maybe by way of another one. */
  client(home: Host, by: Host = home, identity: Identity = this.identity): Client {
    const { network } = this.stage;
    const node_id = home.node?.id ?? "";
    const base_url = by === home ? home.url : `${by.url}${API_BASE}/homes/${node_id}`;
    return new Client({
      transport: network.transport(this.process, this.name, base_url),
      identity,
      node_id,
      clock: this.process,
    });
  }

  /**
   * Sends an intent until it is answered or no more worth it; the same one each time, and once in a
   * while once more after its answer. Null if it never was.
   */
  async submit<T extends IntentType>(
    client: Client,
    home: Host,
    type: T,
    body: IntentBody<T>,
  ): Promise<IntentResult | null> {
    const { world } = this.stage;
    const signed = await client.sign(type, body);
    for (let attempt = 0; attempt < 6; attempt++) {
      const result = await this.attempt(() => this.#send(client, home, signed));
      if (result === null) {
        await world.sleep(500 + world.random.below(4_000));
        continue;
      }
      if (world.random.below(12) === 0) {
        await this.attempt(() => this.#send(client, home, signed));
      }
      return result;
    }
    return null;
  }

  /** What the work gives; null where the registry could not be reached, or refused it. */
  async attempt<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (thrown) {
      if (!(thrown instanceof HorizonError)) throw thrown;
      this.stage.world.note(`${this.name} hears ${thrown.code}`);
      return null;
    }
  }

  /** Lets work go on beside what follows. */
  background(what: string, work: Promise<void>): void {
    work.catch((thrown) => this.stage.fail(`${this.name}: ${what}`, thrown));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.stage.world.random.below(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  async #send(client: Client, home: Host, signed: SignedIntent): Promise<IntentResult | null> {
    const [result] = await client.send([signed]);
    if (result === undefined) return null;
    this.stage.acknowledged.keep(home.name, signed, result);
    const { intent } = signed.envelope;
    this.stage.world.note(`${this.name} ${intent.type} ${result.ok ? "ok" : result.code}`);
    return result;
  }
}

/** The key of a name. */
export function keyOf(name: string): Identity {
  const known = keys.get(name);
  if (known !== undefined) return known;
  const secret = new Uint8Array(32);
  secret.set(new TextEncoder().encode(`key of ${name}`).subarray(0, 32));
  const identity = identityOf(secret);
  keys.set(name, identity);
  return identity;
}
