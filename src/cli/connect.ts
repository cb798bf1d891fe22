import { CONFIG_KEYS } from "../base/config_keys.ts";
import { HorizonError, messageOf } from "../base/errors.ts";
import type { Identity } from "../base/identity.ts";
import { Client, fetchNode } from "../client/client.ts";
import { httpTransport, type Transport } from "../client/transport.ts";
import { curlTransport } from "./curl.ts";
import { findHome, refuseHome } from "./home.ts";
import type { NodeInfo } from "../protocol/api.ts";
import type { Context } from "./context.ts";
import { openDataFolder } from "./data_folder.ts";
import { type ReachedRegistry, remote } from "./reached.ts";

export interface ConnectOptions {
  /** The command goes on for a while: if it holds the data folder, it lets other commands in. */
  long?: boolean;
  /** The command ends in order when it is interrupted, which takes a few more requests. */
  graceful?: boolean;
  /**
   * What a home on the command line is: unless given, the registry to talk to. `part`: something that
   * the command asks its own registry about; `none`: a mistake.
   */
  home?: "part" | "none";
}

/** A registry that has answered, and the person who talks to it. `await using` closes it. */
export interface Connection extends AsyncDisposable {
  readonly client: Client;
  readonly node: NodeInfo;
  readonly identity: Identity;
  /** True if the registry runs inside this process. */
  readonly embedded: boolean;
  /** The data folder of the embedded registry, whether or not it is used. */
  readonly folder: string;
  /** Where the registry was reached. */
  readonly url: string;
  /** What stands after an id of this registry, "@berlin"; empty where it is the person's own. */
  readonly suffix: string;
  /** Lets other commands on the folder in, if this process holds it. May be called again. */
  becomeLocalServer(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Finds the registry: the configured one (or `--registry`), else that of the data folder, be it in
 * another process or opened here; with a home on the command line, that one by way of it. Throws `key_missing`, `network`, `timeout`, `bad_gateway`,
 * `forbidden` (not the registry that the configuration names), `unsupported_version`, `folder_busy`,
 * `peer_not_found`, `home_unreachable`,
 * or what opening the folder throws.
 */
export async function connect(ctx: Context, options: ConnectOptions = {}): Promise<Connection> {
  if (options.home === "none") refuseHome(ctx);
  const identity = await ctx.identity();
  const url = await registryUrl(ctx);
  const reached = url === null
    ? await openDataFolder(ctx, options.long === true)
    : await reachRemote(ctx, url);
  const clientOf = ({ transport, node }: Pick<ReachedRegistry, "transport" | "node">) =>
    new Client({
      transport,
      identity,
      node_id: node.node_id,
      clock: ctx.io.clock,
      ...(options.graceful === true ? {} : { signal: ctx.signal }),
    });
  const own = clientOf(reached);
  const home = options.home === undefined && ctx.home !== undefined
    ? await findHome(ctx.home, reached, own, ctx.signal).catch(async (thrown) => {
      await reached.close();
      throw thrown;
    })
    : null;
  const { transport, node, suffix } = home ?? { ...reached, suffix: "" };
  return {
    client: home === null ? own : clientOf(home),
    node,
    identity,
    embedded: reached.embedded && home === null,
    folder: ctx.folders.data,
    url: transport.base_url,
    suffix,
    becomeLocalServer: reached.becomeLocalServer,
    close: reached.close,
    [Symbol.asyncDispose]: reached.close,
  };
}

/** The URL of the registry that the command line or the configuration names; null for the embedded one. */
export async function registryUrl(ctx: Context): Promise<string | null> {
  if (ctx.registry !== undefined) return CONFIG_KEYS.registry.parse(ctx.registry);
  return (await ctx.config()).registry;
}

/** A registry over HTTP that is the one it should be. */
export async function reachRemote(ctx: Context, url: string): Promise<ReachedRegistry> {
  const { registry_node } = await ctx.config();
  const pin = ctx.registry === undefined ? registry_node : null;
  return await reachUrl(ctx, url, pin);
}

/** A registry over HTTP, whichever it is unless its node id is pinned. */
export async function reachUrl(
  ctx: Context,
  url: string,
  pin: string | null = null,
): Promise<ReachedRegistry> {
  const transport = await transportTo(ctx, url);
  try {
    const node = await fetchNode(transport, { signal: ctx.signal });
    if (pin !== null) checkPin(url, node, pin);
    return remote(transport, node);
  } catch (thrown) {
    transport.close();
    throw thrown;
  }
}

/** The way to a registry, with the authority that the configuration trusts. Throws `not_found`. */
export async function transportTo(ctx: Context, url: string): Promise<Transport> {
  const ca_certs = await caCerts(ctx);
  const transport = httpTransport(url, ca_certs.length === 0 ? {} : { ca_certs });
  return ctx.curl ? curlTransport(transport, (line) => ctx.out.print(line)) : transport;
}

/** PEM texts of the authorities that the configuration trusts besides the usual ones. */
export async function caCerts(ctx: Context): Promise<string[]> {
  const { tls_ca } = await ctx.config();
  return tls_ca === null ? [] : [await readCa(tls_ca)];
}

function checkPin(url: string, node: NodeInfo, registry_node: string): void {
  if (node.node_id === registry_node) return;
  throw new HorizonError("forbidden", `${url} is ${node.node_id}, not ${registry_node}.`, {
    fix: "Find out why the registry's id changed before you set registry_node anew.",
  });
}

async function readCa(path: string): Promise<string> {
  return await Deno.readTextFile(path).catch((cause) => {
    throw new HorizonError("not_found", `tls_ca can't be read: ${messageOf(cause)}`, {
      cause,
      fix: "Run: horizon config --set tls_ca <pem file>, or --unset tls_ca",
    });
  });
}
