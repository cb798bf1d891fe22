import { keyFilePath, loadKeyFile } from "../../src/base/keyfile.ts";
import { bringOnline, listGpu } from "./listing.ts";
import { Person } from "./person.ts";
import { serve, type Served } from "./served.ts";

/** A served registry with an owner, two bidders with $10 each, and GPUs of $0.30 an hour. */
export interface AuctionHouse extends AsyncDisposable {
  served: Served;
  operator: Person;
  owner: Person;
  ann: Person;
  bob: Person;
}

/** Opens a registry on which these GPUs of one owner are listed and online. */
export async function openHouse(...gpu_ids: string[]): Promise<AuctionHouse> {
  const operator = new Person();
  await operator.json("init");
  const served = await serve(operator, "--welcome-credit", "10");
  const [owner, ann, bob] = [new Person(), new Person(), new Person()];
  for (const person of [owner, ann, bob]) {
    await person.json("init");
    await person.json("config", "--set", "registry", served.url);
  }
  for (const gpu_id of gpu_ids) {
    await listGpu(owner, { gpu_id, price: "0.30" }, served.folder);
    await bringOnline(owner, gpu_id, served.url);
  }
  return {
    served,
    operator,
    owner,
    ann,
    bob,
    async [Symbol.asyncDispose]() {
      await served.stop();
      for (const person of [operator, owner, ann, bob]) await person[Symbol.asyncDispose]();
    },
  };
}

/** A person's available and held money, in micro-dollars. */
export async function moneyOf(person: Person): Promise<[available: unknown, held: unknown]> {
  const { available_micros, held_micros } = await person.json("wallet", "balance");
  return [available_micros, held_micros];
}

/** A person's id. */
export async function idOf(person: Person): Promise<string> {
  return (await loadKeyFile(keyFilePath(`${person.home}/config`, null))).id;
}
