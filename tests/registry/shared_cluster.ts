import type { Identity } from "../../src/base/identity.ts";
import { NODE_KEY_FILE } from "../../src/base/keyfile.ts";
import { Client } from "../../src/client/client.ts";
import { httpTransport } from "../../src/client/transport.ts";
import { Running } from "../e2e/binary.ts";
import type { SharedStoreServer } from "../store/shared_stores.ts";

/** What runs `serve`: Deno with the sources, or the binary. */
export interface Program {
  path: string;
  args: readonly string[];
}

/** The program from source, as `deno run` runs it. */
export const FROM_SOURCE: Program = {
  path: Deno.execPath(),
  args: ["run", "--frozen", "-A", new URL("../../src/main.ts", import.meta.url).pathname],
};

/** A `serve` process of the cluster, and where it listens. */
export interface ClusterMember {
  name: string;
  process: Running;
  url: string;
}

/** Several `serve` processes of one registry on a shared store. */
export class SharedCluster implements AsyncDisposable {
  readonly members: ClusterMember[] = [];
  node_id = "";
  readonly #store: SharedStoreServer;
  readonly #program: Program;
  readonly #folder: string;

  private constructor(store: SharedStoreServer, program: Program) {
    this.#store = store;
    this.#program = program;
    this.#folder = Deno.makeTempDirSync({ prefix: "horizon-cluster-" });
  }

  /** Starts `count` of them, one after the other: the first one leads and makes the key. */
  static async start(
    store: SharedStoreServer,
    count: number,
    program: Program = FROM_SOURCE,
  ): Promise<SharedCluster> {
    const cluster = new SharedCluster(store, program);
    for (let i = 0; i < count; i++) {
      cluster.members.push(await cluster.#serve(`member-${i}`, i === 0));
    }
    return cluster;
  }

  /** A client of one member, without waits between attempts. */
  client(member: ClusterMember, identity: Identity): Client {
    const { node_id } = this;
    const wait = () => Promise.resolve();
    return new Client({ transport: httpTransport(member.url), identity, node_id, wait });
  }

  /** The member that leads, asked of each; null while none says so. */
  async leader(): Promise<ClusterMember | null> {
    for (const member of this.members) {
      const text = await (await fetch(`${member.url}/metrics`)).text();
      if (/^horizon_leads 1$/m.test(text)) return member;
    }
    return null;
  }

  /** Kills a member as a power cut would; it is gone when this resolves. */
  async kill(member: ClusterMember): Promise<void> {
    this.members.splice(this.members.indexOf(member), 1);
    await member.process.kill("SIGKILL");
  }

  /** Starts a killed member again, on its folder; resolves once it takes part. */
  async revive({ name }: ClusterMember): Promise<void> {
    this.members.push(await this.#serve(name, false));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.members.map(({ process }) => process.kill("SIGKILL")));
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #serve(name: string, isFirst: boolean): Promise<ClusterMember> {
    const { path, args } = this.#program;
    const key = ["--node-key", `${this.#folder}/member-0/${NODE_KEY_FILE}`];
    const home = `${this.#folder}/${name}-home`;
    const flags = ["--port", "0", "--data", `${this.#folder}/${name}`, "--kv", this.#store.url];
    const credit = ["--welcome-credit", "1000"];
    const child = new Deno.Command(path, {
      args: [...args, "serve", "--json", ...flags, ...credit, ...(isFirst ? [] : key)],
      env: { HORIZON_HOME: home, DENO_KV_ACCESS_TOKEN: this.#store.token, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const process = new Running(child);
    const [line] = await process.line(/^\{.*"url".*$/);
    const { url, node_id }: { url: string; node_id: string } = JSON.parse(line);
    this.node_id = node_id;
    return { name, process, url };
  }
}
