import { formatDollars } from "../../base/money.ts";
import type { Head } from "../../protocol/feed.ts";
import type { Verdict } from "../../protocol/gpu.ts";
import { validate } from "../../protocol/validate.ts";
import { WalletView } from "../../protocol/wallet.ts";
import type { Person } from "./person.ts";
import { checkProof, registerAndProve } from "./proof.ts";
import { type Rental, rentAndRun } from "./rental.ts";
import type { Report } from "./report.ts";

/** Who takes part. */
export interface Cast {
  operator: Person;
  owner: Person;
  renter: Person;
}

/** What the chapter came to; without an adapter nothing is proven or rented. */
export interface ServedChapter {
  url: string;
  verdict: Verdict | null;
  rental: Rental | null;
  owner: WalletView;
  renter: WalletView;
  head: Head;
}

const GPU_ID = "rig-1";
const SERVE = ["serve", "--port", "0", "--allow-software", "--welcome-credit", "5"];

/** Three people who meet at a registry on a TCP port: its operator, a GPU's owner and a renter. */
export async function playServed(
  cast: Cast,
  folder: string,
  has_adapter: boolean,
  report: Report,
): Promise<ServedChapter> {
  report.chapter("Several machines: a registry, an owner and a renter, over TCP");
  report.step("The operator runs a registry", SERVE.join(" "));
  const serving = cast.operator.start(...SERVE);
  try {
    const url = String((await serving.first).url);
    report.fact(`listening on ${url}`);
    await join(cast, url, report);
    const trade = has_adapter ? await offerAndRent(cast, folder, report) : NOTHING;
    const wallets = await balances(cast, report);
    const { head } = await cast.renter.node();
    report.step("The registry's feed, which anyone can replay");
    report.fact(`event ${head.seq}, ${head.hash}`);
    return { url, ...trade, ...wallets, head };
  } finally {
    await serving.stop();
  }
}

interface Trade {
  verdict: Verdict | null;
  rental: Rental | null;
}

const NOTHING: Trade = { verdict: null, rental: null };

async function join({ owner, renter }: Cast, url: string, report: Report): Promise<void> {
  report.step("Owner and renter each make a key and join", "init", `config --set registry ${url}`);
  for (const [who, person] of [["owner", owner], ["renter", renter]] as const) {
    const { actor } = await person.run("init");
    await person.run("config", "--set", "registry", url);
    report.fact(`the ${who} is ${actor}`);
  }
}

async function offerAndRent(cast: Cast, folder: string, report: Report): Promise<Trade> {
  const { owner, renter } = cast;
  const verdict = await registerAndProve(owner, GPU_ID, report);
  report.step("The owner keeps it online", "provide");
  const providing = owner.start("provide");
  try {
    report.fact(String((await providing.first).message));
    report.step("The renter looks around", "list-gpus");
    const { gpus } = await renter.run("list-gpus");
    report.fact(`${Array.isArray(gpus) ? gpus.length : 0} GPU can be rented`);
    await checkProof(renter, GPU_ID, report);
    return { verdict, rental: await rentAndRun(renter, GPU_ID, folder, report) };
  } finally {
    await providing.stop();
  }
}

async function balances({ owner, renter }: Cast, report: Report) {
  report.step("What each of them has now", "wallet balance");
  const wallets = { owner: await walletOf(owner), renter: await walletOf(renter) };
  report.fact(`the owner earned ${formatDollars(wallets.owner.earned_micros)}`);
  report.fact(`the renter has ${formatDollars(wallets.renter.available_micros)} left`);
  return wallets;
}

async function walletOf(person: Person): Promise<WalletView> {
  return validate(WalletView, await person.run("wallet", "balance"), "The wallet");
}
