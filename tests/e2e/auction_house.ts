import { keyFilePath, loadKeyFile } from "../../src/base/keyfile.ts";
import { newId } from "../../src/base/ids.ts";
import type { Client } from "../../src/client/client.ts";
import { Home } from "./binary.ts";
import { gpuBody, judgement, serve, type Served } from "./served.ts";

/** What each renter begins with. */
export const DEPOSIT_MICROS = 20_000_000;
/** What the owner asks for each GPU, an hour. */
const ASK_MICROS = 300_000;

/** An operator, an owner and two renters on machines of their own, with the compiled binary. */
export interface AuctionHouse extends AsyncDisposable {
  served: Served;
  operator: Home;
  owner: Home;
  renters: readonly [Home, Home];
  /** Lists free GPUs of the owner's. */
  list(...gpu_ids: string[]): Promise<void>;
  /** Shows the registry a sign of life of all GPUs so far, as their provider does. */
  beat(): Promise<void>;
  /** Registers a GPU of the owner's that nobody has proven. */
  register(gpu_id: string): Promise<void>;
  /** A renter as a program, for what no command does. */
  program(renter: 0 | 1): Promise<Client>;
  /** The renter of an id: 0 or 1. */
  renterOf(actor: unknown): number;
  /** A renter's money now. */
  money(renter: number): Promise<{ available_micros: number; held_micros: number }>;
}

/** Opens a registry with $20 for each renter. */
export async function openHouse(): Promise<AuctionHouse> {
  const operator = new Home("operator");
  const owner = new Home("owner");
  const renters = [new Home("ann"), new Home("bob")] as const;
  await operator.json(["init"]);
  const served = await serve(operator);
  const ids: string[] = [];
  for (const home of [owner, ...renters]) {
    await home.json(["init"]);
    await home.json(["config", "--set", "registry", served.url]);
    ids.push((await identityOf(home)).id);
  }
  for (const to of ids.slice(1)) {
    await served.operator.submit("wallet.deposit", { to, amount_micros: DEPOSIT_MICROS });
  }
  const seller = served.as(await identityOf(owner));
  const listed: string[] = [];
  const beat = async () => {
    await seller.poll({ gpus: listed, jobs: [], wait_ms: 0 });
  };
  return {
    served,
    operator,
    owner,
    renters,
    async list(...gpu_ids) {
      for (const gpu_id of gpu_ids) await listGpu(served, seller, gpu_id);
      listed.push(...gpu_ids);
      await beat();
    },
    beat,
    async register(gpu_id) {
      await seller.submit("gpu.register", gpuBody(gpu_id, ASK_MICROS));
    },
    program: async (renter) => served.as(await identityOf(renters[renter])),
    renterOf: (actor) => ids.slice(1).indexOf(String(actor)),
    async money(renter) {
      const wallet = await renters[renter === 0 ? 0 : 1].json(["wallet", "balance"]);
      const [available, held] = [wallet["available_micros"], wallet["held_micros"]];
      return { available_micros: Number(available), held_micros: Number(held) };
    },
    async [Symbol.asyncDispose]() {
      for (const home of [operator, owner, ...renters]) await home[Symbol.asyncDispose]();
    },
  };
}

async function listGpu(served: Served, seller: Client, gpu_id: string): Promise<void> {
  await seller.submit("gpu.register", gpuBody(gpu_id, ASK_MICROS));
  await served.operator.submit("gpu.judge", judgement(gpu_id, newId(Date.now())));
}

function identityOf(home: Home) {
  return loadKeyFile(keyFilePath(`${home.folder}/config`, null));
}
