import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { VERSION } from "../../base/version.ts";
import { caCerts, reachRemote, registryUrl, transportTo } from "../connect.ts";
import type { Context } from "../context.ts";
import { type Check, fail, type Finding, pass, skip, warn } from "./check.ts";

const NETWORK_TIMEOUT_MS = 10_000;
const UNREACHED = "Check the URL (horizon config --get registry), the network and the firewall.";
/** With one of these set, requests go another way than a connection made here would. */
const PROXIES = ["HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"];

/** Where the registry is asked for, or why it isn't. */
export type Target = { url: URL } | { reason: string };

/** What is left of a check of the registry once there is one. */
export type Ask = (url: URL, signal: AbortSignal) => Promise<Finding>;

/** The way to the configured registry, step by step. */
export function registryChecks(ctx: Context): Check[] {
  return [resolveCheck(ctx), connectCheck(ctx), healthCheck(ctx), versionCheck(ctx)];
}

/** The run of a check that skips where no registry is configured. */
export function askingRegistry(ctx: Context, ask: Ask): Check["run"] {
  return async (signal) => {
    const target = await targetOf(ctx);
    return "reason" in target ? skip(target.reason) : await ask(target.url, signal);
  };
}

async function targetOf(ctx: Context): Promise<Target> {
  if (ctx.registry === undefined && await ctx.config().then(() => false, () => true)) {
    return { reason: "the config file, which would name the registry, can't be read" };
  }
  const url = await registryUrl(ctx);
  if (url !== null) return { url: new URL(url) };
  return { reason: "no registry is configured: the embedded one answers on this machine" };
}

function resolveCheck(ctx: Context): Check {
  return {
    id: "registry_resolve",
    purpose: "find the registry's address",
    required: "a name that resolves",
    remedy: "Check the name in the URL, and this machine's DNS.",
    timeout_ms: NETWORK_TIMEOUT_MS,
    run: askingRegistry(ctx, async (url) => {
      if (isIP(hostOf(url)) !== 0) return pass("an address: nothing to resolve");
      if (isProxied(ctx)) return PROXIED;
      const found = await lookup(hostOf(url), { all: true });
      return pass(found.map(({ address }) => address).join(", "));
    }),
  };
}

function connectCheck(ctx: Context): Check {
  return {
    id: "registry_connect",
    purpose: "reach the registry, and know that it is the one of that name",
    required: "a connection by TLS with a valid certificate; plain HTTP on this machine alone",
    remedy: UNREACHED,
    timeout_ms: NETWORK_TIMEOUT_MS,
    run: askingRegistry(ctx, async (url) => {
      if (isProxied(ctx)) return PROXIED;
      const start_ms = ctx.io.clock.monotonic();
      const is_tls = url.protocol === "https:";
      const port = url.port === "" ? is_tls ? 443 : 80 : Number(url.port);
      await (is_tls ? shakeHands(ctx, hostOf(url), port) : connectPlainly(hostOf(url), port));
      const ms = Math.round(ctx.io.clock.monotonic() - start_ms);
      if (is_tls) return pass(`TLS, certificate valid, in ${ms} ms`);
      const actual = `plain HTTP, in ${ms} ms`;
      return isLoopback(hostOf(url)) ? pass(actual) : warn(
        actual,
        "Ask the operator for an https:// URL: what you read and your session's token are open.",
      );
    }),
  };
}

function healthCheck(ctx: Context): Check {
  return {
    id: "registry_health",
    purpose: "know that the registry works",
    required: "/healthz answers 200",
    remedy: UNREACHED,
    timeout_ms: NETWORK_TIMEOUT_MS,
    run: askingRegistry(ctx, async (url, signal) => {
      const transport = await transportTo(ctx, url.href);
      try {
        const request = new Request(`${transport.base_url}/healthz`, {
          signal,
          redirect: "manual",
        });
        const { status, body } = await transport.fetch(request);
        await body?.cancel();
        if (status === 200) return pass("200");
        return fail(`status ${status}`, "Check the URL; if it is right, tell the operator.");
      } finally {
        transport.close();
      }
    }),
  };
}

function versionCheck(ctx: Context): Check {
  return {
    id: "registry_version",
    purpose: "speak the registry's protocol, and know that it is the one you chose",
    required: `this version's protocol (Horizon ${VERSION}); the id of registry_node, if set`,
    remedy: UNREACHED,
    timeout_ms: NETWORK_TIMEOUT_MS,
    run: askingRegistry(ctx, async (url) => {
      const { node, close } = await reachRemote(ctx, url.href);
      await close();
      return pass(`${node.software}, protocol ${node.protocol}, ${node.node_id}`);
    }),
  };
}

const PROXIED = skip("a proxy is set: registry_health goes through it");

function isProxied({ io }: Context): boolean {
  return PROXIES.some((name) => (io.env.get(name) ?? "") !== "");
}

/** A URL's host, an IPv6 address without its brackets. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

async function connectPlainly(hostname: string, port: number): Promise<void> {
  using _connection = await Deno.connect({ hostname, port });
}

async function shakeHands(ctx: Context, hostname: string, port: number): Promise<void> {
  using connection = await Deno.connectTls({ hostname, port, caCerts: await caCerts(ctx) });
  await connection.handshake();
}
