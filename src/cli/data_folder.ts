import { HorizonError } from "../base/errors.ts";
import { fetchNode } from "../client/client.ts";
import { localTransport, readLocalAccess } from "../client/local.ts";
import { inProcessTransport } from "../client/transport.ts";
import type { LocalServer } from "../registry/local.ts";
import type { Context } from "./context.ts";
import { type ReachedRegistry, remote } from "./reached.ts";

/** How long a command waits for the folder, or for its holder to say where it listens. */
const FOLDER_WAIT_MS = 5_000;
const RETRY_MS = 50;
/** A holder on this machine that takes longer than this is no holder. */
const HOLDER_TIMEOUT_MS = 2_000;

/**
 * Talks to whoever holds the data folder; if nobody does, holds it. With `serve` other commands are
 * let in at once. Throws `folder_busy` when neither works out in time.
 */
export async function openDataFolder(
  ctx: Context,
  serve: boolean,
  folder = ctx.folders.data,
): Promise<ReachedRegistry> {
  if (ctx.curl) throw curlElsewhere();
  const end_ms = ctx.io.clock.monotonic() + FOLDER_WAIT_MS;
  while (true) {
    const holder = await reachHolder(ctx, folder);
    if (holder !== null) return holder;
    try {
      return await holdFolder(ctx, folder, serve);
    } catch (thrown) {
      const isBusy = thrown instanceof HorizonError && thrown.code === "folder_busy";
      if (!isBusy || ctx.io.clock.monotonic() >= end_ms || ctx.signal.aborted) throw thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** The process that holds a folder, if it says where it listens and answers there. */
export async function reachHolder(ctx: Context, folder: string): Promise<ReachedRegistry | null> {
  const access = await readLocalAccess(folder);
  if (access === null) return null;
  const transport = localTransport(access);
  try {
    const node = await fetchNode(transport, { timeout_ms: HOLDER_TIMEOUT_MS, signal: ctx.signal });
    if (node.node_id !== access.node_id) return null;
    return remote(transport, node);
  } catch (thrown) {
    if (ctx.signal.aborted) throw thrown;
    // The file is from a process that has ended: its port is closed, or somebody else's by now.
    return null;
  }
}

/** A data folder's own token would be in its requests, and nobody else could send them. */
function curlElsewhere(): HorizonError {
  return new HorizonError("invalid_input", "--curl is for a registry that is reached over HTTP.", {
    fix: "Name one with --registry <url>, or: horizon config --set registry <url>",
  });
}

async function holdFolder(ctx: Context, folder: string, serve: boolean): Promise<ReachedRegistry> {
  const { openRegistry } = await import("../registry/registry.ts");
  const { allow_software, private_peers } = await ctx.config();
  const registry = await openRegistry({
    folder,
    mode: "embedded",
    settings: allow_software === null ? {} : { allow_software },
    federation: { private_peers },
    clock: ctx.io.clock,
    main_url: ctx.main_url,
    // The loop above waits: meanwhile the folder's holder may say where it listens.
    wait_ms: 0,
    log: (entry) => void ctx.log(entry),
  });
  let local: Promise<LocalServer> | undefined;
  const becomeLocalServer = async () => {
    const { serveLocal } = await import("../registry/local.ts");
    local ??= serveLocal(registry, folder);
    await local;
  };
  const close = async () => {
    await (await local)?.close();
    await registry.close();
  };
  try {
    const transport = inProcessTransport((request) => registry.fetch(request));
    const node = await fetchNode(transport);
    // A command that goes on keeps up with the peers; a short one reads what it finds.
    if (serve) {
      await becomeLocalServer();
      registry.follow([]);
    }
    return { transport, node, embedded: true, becomeLocalServer, close };
  } catch (thrown) {
    await registry.close();
    throw thrown;
  }
}
