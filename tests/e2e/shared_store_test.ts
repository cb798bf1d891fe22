import { assert, assertEquals } from "@std/assert";
import { LIMITS } from "../../src/protocol/limits.ts";
import { Random } from "../random.ts";
import { checkMembers, FailoverLoad, killLeaders } from "../registry/failover_load.ts";
import { SharedCluster } from "../registry/shared_cluster.ts";
import { bestStoreKind, TOKEN } from "../store/shared_stores.ts";
import { BINARY, Home } from "./binary.ts";

const KILLS = 5;
const WRITERS = 6;

Deno.test("three processes of the binary on one store: leaders are killed, nothing acknowledged is lost", async () => {
  const random = Random.fresh();
  const kind = bestStoreKind();
  console.log(`seed ${random.seed}, on ${kind.name}`);
  await using store = await kind.open();
  await using cluster = await SharedCluster.start(store, 3, { path: BINARY, args: [] });
  const load = FailoverLoad.start(cluster, WRITERS);
  const refused_ms = await killLeaders(cluster, load, KILLS, (end) => random.below(end));
  await load.end();
  await checkMembers(cluster, load);
  console.log(`refused for ${refused_ms.map(Math.round)} ms, ${load.acks.size} acknowledged`);
  assert(Math.max(...refused_ms) <= 1.5 * LIMITS.leader_lease_ms, `${refused_ms}`);
});

/** What `serve` says where its flags and its environment don't fit: the code, and a word of the fix. */
const MISTAKES: {
  name: string;
  args: (url: string) => string[];
  token: string | null;
  code: string;
  exit: number;
  says: string;
}[] = [
  {
    name: "a wrong token",
    args: (url) => ["--kv", url],
    token: "wrong-token-secret",
    code: "store_refused",
    exit: 3,
    says: "DENO_KV_ACCESS_TOKEN",
  },
  {
    name: "no token",
    args: (url) => ["--kv", url],
    token: null,
    code: "invalid_input",
    exit: 2,
    says: "DENO_KV_ACCESS_TOKEN",
  },
  {
    name: "a store that isn't there",
    args: () => ["--kv", "http://127.0.0.1:1"],
    token: "wrong-token-secret",
    code: "store_unreachable",
    exit: 6,
    says: "127.0.0.1:1",
  },
  {
    name: "a token in the URL",
    args: () => ["--kv", "http://me:wrong-token-secret@127.0.0.1:1"],
    token: "wrong-token-secret",
    code: "invalid_input",
    exit: 2,
    says: "without a password",
  },
  {
    name: "an address that others can't reach",
    args: (url) => ["--kv", url, "--host", "0.0.0.0"],
    token: TOKEN,
    code: "invalid_input",
    exit: 2,
    says: "--advertise",
  },
  {
    name: "a shared folder without a store",
    args: () => ["--shared", "files"],
    token: null,
    code: "invalid_input",
    exit: 2,
    says: "--kv",
  },
];

Deno.test("what is wrong with the flags, the token or the store is said with its code, and no secret", async () => {
  await using home = new Home("shared-flags");
  await using store = await bestStoreKind().open();
  for (const { name, args, token, code, exit, says } of MISTAKES) {
    const env: Record<string, string> = token === null ? {} : { DENO_KV_ACCESS_TOKEN: token };
    const command = ["serve", "--port", "0", "--json", ...args(store.url)];
    const done = await home.run(command, env);
    assertEquals([name, done.code], [name, exit]);
    assert(done.stdout.includes(`"code":"${code}"`), `${name}: ${done.stdout}`);
    assert(done.stdout.includes(says), `${name}: ${done.stdout}`);
    assert(!`${done.stdout}${done.stderr}`.includes("wrong-token-secret"), name);
  }
});
