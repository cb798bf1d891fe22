import { type Identity, identityOf, newSecret } from "../../src/base/identity.ts";
import { NODE_KEY_FILE } from "../../src/base/keyfile.ts";
import { Client } from "../../src/client/client.ts";
import { httpTransport } from "../../src/client/transport.ts";
import { listen } from "../../src/registry/listen.ts";
import { openRegistry, type Registry } from "../../src/registry/registry.ts";
import { MAIN_URL } from "./harness.ts";

/** One of several registries of one identity on a shared store, in this process and on loopback. */
export interface SharedMember extends AsyncDisposable {
  registry: Registry;
  url: string;
  folder: string;
  /** Path of its copy of the registry's key. */
  key_file: string;
  /** What it logged: status and details of each entry. */
  log: { status: string; code?: string }[];
  as(identity: Identity): Client;
  /** Resolves once it has logged an entry of that status. */
  logged(status: string): Promise<void>;
}

export interface MemberOptions {
  store: { url: string; token: string };
  folder?: string;
  node_key?: string;
  files_folder?: string;
}

/** Opens one, has it listen, and lets it join. */
export async function openMember(options: MemberOptions): Promise<SharedMember> {
  const folder = options.folder ?? await Deno.makeTempDir({ prefix: "horizon-member-" });
  const { url, token } = options.store;
  const log: SharedMember["log"] = [];
  let wake = Promise.withResolvers<void>();
  const registry = await openRegistry({
    folder,
    mode: "served",
    settings: { welcome_credit_micros: 5_000_000 },
    main_url: MAIN_URL,
    log: (entry) => {
      log.push(entry);
      const { resolve } = wake;
      wake = Promise.withResolvers();
      resolve();
    },
    shared: { kv: { url, token }, files_folder: options.files_folder ?? null },
    ...(options.node_key === undefined ? {} : { node_key: options.node_key }),
  });
  const listener = await listen(registry, { host: "127.0.0.1", port: 0 });
  const close = async () => {
    await listener.close();
    await registry.close();
    if (options.folder === undefined) await Deno.remove(folder, { recursive: true });
  };
  try {
    await registry.join(listener.url);
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return {
    registry,
    url: listener.url,
    folder,
    key_file: `${folder}/${NODE_KEY_FILE}`,
    log,
    as: (identity) =>
      new Client({
        transport: httpTransport(listener.url),
        identity,
        node_id: registry.node_id,
      }),
    async logged(status) {
      while (!log.some((entry) => entry.status === status)) await wake.promise;
    },
    [Symbol.asyncDispose]: close,
  };
}

/** A fresh actor. */
export function someone(): Identity {
  return identityOf(newSecret());
}
