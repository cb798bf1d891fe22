import { HorizonError, messageOf } from "../../base/errors.ts";
import { parseDollars } from "../../base/money.ts";
import { inProcessTransport } from "../../client/transport.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { GrpcListener } from "../../registry/grpc/listen.ts";
import type { SharedOptions } from "../../registry/leadership/shared.ts";
import type { Registry } from "../../registry/registry.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { refuseHome } from "../home.ts";
import { ownUrls, readUrls } from "../node_urls.ts";
import { checkCanProvide, provideGpus } from "../providing.ts";
import { advertisedUrl, readSharedStore } from "../shared_store.ts";

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 8420;
/** What `Settings.welcome_credit_micros` allows. */
const MAX_WELCOME_MICROS = 1_000_000_000;

const MS_PER_HOUR = 3_600_000;
const MS_PER_DAY = 24 * MS_PER_HOUR;
const MAX_MOVE_WAIT_HOURS = LIMITS.move_wait_max_ms / MS_PER_HOUR;

/** A new version may wait a day for the old one to end. */
const MAX_WAIT_S = 24 * 3600;

/** `--provide` keeps all listed GPUs of the operator's, jailed. */
const PROVIDING = { unjailed: false };

export const command = defineCommand({
  name: "serve",
  summary: "Run a registry",
  about: "It ends in order on Ctrl-C and on SIGTERM. What the flags leave out stays as it was.\n" +
    "To upgrade, start the new version with --wait on the same folder and port, and end the old one:\n" +
    "commands and providers try again for some seconds, and notice nothing.",
  args: {},
  flags: {
    host: { kind: "text", value: "<address>", summary: `address to listen on, ${DEFAULT_HOST}` },
    port: {
      kind: "integer",
      value: "<port>",
      max: 65_535,
      summary: `port to listen on, ${DEFAULT_PORT}; 0 takes a free one`,
    },
    "grpc-port": {
      kind: "integer",
      value: "<port>",
      max: 65_535,
      summary: "speak gRPC on this port too; 0 takes a free one",
    },
    data: { kind: "text", value: "<folder>", summary: "data folder of the registry" },
    "tls-cert": { kind: "text", value: "<file>", summary: "certificate chain, PEM" },
    "tls-key": { kind: "text", value: "<file>", summary: "its private key, PEM" },
    "allow-software": { kind: "boolean", summary: "list software adapters too" },
    "welcome-credit": { kind: "text", value: "<dollars>", summary: "credit for every new renter" },
    "fee-bps": {
      kind: "integer",
      value: "<count>",
      max: 10_000,
      summary: "the registry's fee, in hundredths of a percent",
    },
    url: {
      kind: "text",
      value: "<url>",
      summary: `where other registries reach it, up to ${LIMITS.node_urls} with commas between`,
    },
    "private-peers": { kind: "boolean", summary: "reach peers at private addresses too" },
    "peers-only": { kind: "boolean", summary: "show the feed to connected peers alone" },
    kv: { kind: "text", value: "<url>", summary: "shared store (KV Connect) of several processes" },
    shared: { kind: "text", value: "<folder>", summary: "folder for files that all of them see" },
    advertise: {
      kind: "text",
      value: "<url>",
      summary: "where the other processes reach this one",
    },
    "node-key": {
      kind: "text",
      value: "<file>",
      summary: "key of the registry, of another process",
    },
    "move-wait-hours": {
      kind: "integer",
      value: "<hours>",
      max: MAX_MOVE_WAIT_HOURS,
      summary: "wait before a GPU whose old registry is gone is listed, 24",
    },
    "keep-artefacts": {
      kind: "integer",
      value: "<days>",
      min: 1,
      max: LIMITS.artefact_keep_max_ms / MS_PER_DAY,
      summary: `days that a job's files and log are kept after its end, ${
        LIMITS.artefact_keep_ms / MS_PER_DAY
      }`,
    },
    wait: {
      kind: "integer",
      value: "<seconds>",
      max: MAX_WAIT_S,
      summary: "how long to wait for another process to let the data folder go, 5",
    },
    provide: { kind: "boolean", summary: "keep your own GPUs online in the same process" },
  },
  examples: [
    "horizon serve",
    "horizon serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem --welcome-credit 5",
    "horizon serve --host 0.0.0.0 --url http://10.0.0.7:8420 --private-peers --peers-only",
  ],
  local: true,
  async run(ctx, { flags }) {
    refuseHome(ctx);
    const credit = flags["welcome-credit"];
    const { allow_software: configured } = await ctx.config();
    const allow_software = flags["allow-software"] ? true : configured;
    const wait_hours = flags["move-wait-hours"];
    const fee_bps = flags["fee-bps"];
    const keep_days = flags["keep-artefacts"];
    const settings = {
      ...(allow_software === null ? {} : { allow_software }),
      ...(fee_bps === undefined ? {} : { fee_bps }),
      ...(wait_hours === undefined ? {} : { move_wait_ms: wait_hours * MS_PER_HOUR }),
      ...(credit === undefined ? {} : {
        welcome_credit_micros: parseDollars(credit, "--welcome-credit", MAX_WELCOME_MICROS),
      }),
    };
    if (flags.provide) {
      await ctx.identity();
      await checkCanProvide(ctx, PROVIDING);
    }
    const sharing = { kv: flags.kv, shared: flags.shared, advertise: flags.advertise };
    const shared = readSharedStore(sharing, ctx.io.env);
    const tls = await readTls(flags["tls-cert"], flags["tls-key"]);
    await serve(ctx, {
      folder: flags.data ?? ctx.folders.data,
      host: flags.host ?? DEFAULT_HOST,
      port: flags.port ?? DEFAULT_PORT,
      grpc_port: flags["grpc-port"] ?? null,
      settings,
      urls: flags.url === undefined ? null : readUrls(flags.url),
      federation: { private_peers: flags["private-peers"], peers_only: flags["peers-only"] },
      provide: flags.provide,
      advertise: flags.advertise,
      ...(flags.wait === undefined ? {} : { wait_ms: flags.wait * 1000 }),
      ...(keep_days === undefined ? {} : { artefact_keep_ms: keep_days * MS_PER_DAY }),
      ...(shared === null ? {} : { shared }),
      ...(flags["node-key"] === undefined ? {} : { node_key: flags["node-key"] }),
      ...(tls === null ? {} : { tls }),
    });
  },
});

interface ServeOptions {
  folder: string;
  host: string;
  port: number;
  /** Null where gRPC isn't spoken. */
  grpc_port: number | null;
  settings: Record<string, number | boolean>;
  /** Null where nobody has said. */
  urls: string[] | null;
  federation: { private_peers: boolean; peers_only: boolean };
  provide: boolean;
  advertise: string | undefined;
  artefact_keep_ms?: number;
  wait_ms?: number;
  shared?: SharedOptions;
  node_key?: string;
  tls?: { cert: string; key: string };
}

/** Runs the registry until the signal aborts, then ends it in order. */
async function serve(ctx: Context, options: ServeOptions): Promise<void> {
  const { folder, settings, urls, federation, provide, advertise, shared, ...rest } = options;
  const { node_key, artefact_keep_ms, wait_ms, grpc_port, ...listening } = rest;
  const [{ openRegistry }, { listen }, { serveLocal }] = await Promise.all([
    import("../../registry/registry.ts"),
    import("../../registry/listen.ts"),
    import("../../registry/local.ts"),
  ]);
  const registry = await openRegistry({
    folder,
    mode: "served",
    settings,
    federation,
    clock: ctx.io.clock,
    main_url: ctx.main_url,
    log: (entry) => void ctx.log(entry),
    logs_requests: (await ctx.config()).log_level === "debug",
    ...(artefact_keep_ms === undefined ? {} : { artefact_keep_ms }),
    ...(wait_ms === undefined ? {} : { wait_ms }),
    ...(shared === undefined ? {} : { shared }),
    ...(node_key === undefined ? {} : { node_key }),
  });
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => registry.close());
  const listener = await listen(registry, listening);
  cleanup.defer(() => listener.close());
  const grpc = grpc_port === null
    ? null
    : await serveGrpc(ctx, registry, { ...listening, port: grpc_port });
  if (grpc !== null) cleanup.defer(() => grpc.close());
  const local = await serveLocal(registry, folder, listener);
  cleanup.defer(() => local.close());
  registry.follow(urls ?? ownUrls(listener.url, federation.private_peers));
  const { url } = listener;
  if (shared !== undefined) {
    await Promise.race([registry.join(advertisedUrl(advertise, url)), aborted(ctx.signal)]);
  }
  const { node_id } = registry;
  await ctx.log({ level: "info", status: "listening", details: { url, node_id } });
  const also = grpc === null ? {} : { grpc_port: grpc.port };
  if (ctx.out.json) ctx.out.item({ event: "listening", url, node_id, folder, ...also }, "");
  else {
    ctx.out.note(`Registry ${node_id}\nlistening on ${url}, data in ${folder}`);
    if (grpc !== null) ctx.out.note(`gRPC on port ${grpc.port}`);
  }
  if (provide) await provideOwn(ctx, registry);
  await aborted(ctx.signal);
  ctx.out.note("Stopping.");
}

/** The registry's gRPC port, open. */
async function serveGrpc(
  ctx: Context,
  registry: Registry,
  options: Pick<ServeOptions, "host" | "port" | "tls">,
): Promise<GrpcListener> {
  const [{ listenGrpc }, { RegistryLog }] = await Promise.all([
    import("../../registry/grpc/listen.ts"),
    import("../../registry/registry_log.ts"),
  ]);
  const log = new RegistryLog(ctx.io.clock, (entry) => void ctx.log(entry));
  return await listenGrpc(registry.fetch, options, (doing, thrown) => log.failure(doing, thrown));
}

/** The operator's own GPUs, on the registry in this process. It serves on where there are none. */
async function provideOwn(ctx: Context, registry: Registry): Promise<void> {
  const [{ Client }, { Homes }] = await Promise.all([
    import("../../client/client.ts"),
    import("../../provider/homes.ts"),
  ]);
  const identity = await ctx.identity();
  const client = new Client({
    transport: inProcessTransport((request) => registry.fetch(request)),
    identity,
    node_id: registry.node_id,
    clock: ctx.io.clock,
  });
  try {
    await provideGpus(ctx, client, PROVIDING, new Homes(ctx.folders.data, identity));
  } catch (thrown) {
    if (!(thrown instanceof HorizonError)) throw thrown;
    ctx.out.note(`No GPU is provided: ${thrown.message} ${thrown.fix ?? ""}`);
  }
}

async function readTls(
  cert: string | undefined,
  key: string | undefined,
): Promise<{ cert: string; key: string } | null> {
  if (cert === undefined && key === undefined) return null;
  if (cert === undefined || key === undefined) {
    throw new HorizonError("invalid_input", "--tls-cert and --tls-key go together.");
  }
  return { cert: await readPem("--tls-cert", cert), key: await readPem("--tls-key", key) };
}

async function readPem(flag: string, path: string): Promise<string> {
  const text = await Deno.readTextFile(path).catch((cause) => {
    throw new HorizonError("invalid_input", `${flag} can't be read: ${messageOf(cause)}`, {
      cause,
    });
  });
  if (text.includes("-----BEGIN ")) return text;
  throw new HorizonError("invalid_input", `${flag} is not a PEM file: ${path}`);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
