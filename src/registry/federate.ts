import type { Clock } from "../base/clock.ts";
import type { Identity } from "../base/identity.ts";
import { type Dial, dialer } from "../federation/dial.ts";
import { Federation } from "../federation/federation.ts";
import { type FederationFiles, federationFiles } from "../federation/files.ts";
import { recoverOwnFeed } from "../federation/recover.ts";
import type { Store } from "../store/store.ts";
import type { Verifier } from "./auth/verifier.ts";
import { listForeign } from "./foreign_listings.ts";
import type { GpuIndex } from "./gpu_index.ts";
import type { RegistryLog } from "./registry_log.ts";
import type { RegistryOptions } from "./registry.ts";

function filesOf(store: Store, { openKv }: RegistryOptions, log: RegistryLog): FederationFiles {
  const { folder, files_folder } = store;
  const onDamage = (damage: unknown) => log.failure("reading what federation keeps", damage);
  return federationFiles(folder, { files_folder, openKv, onDamage });
}

/** What a served registry's peers hold of its feed and its disk has lost comes back first. */
export async function recoverFeed(
  options: RegistryOptions,
  { clock, node, store, log }: { clock: Clock; node: Identity; store: Store; log: RegistryLog },
): Promise<void> {
  if (options.mode !== "served") return;
  const peers = await filesOf(store, options, log).readPeers();
  if (peers.length === 0) return;
  const count = await recoverOwnFeed({
    node,
    journal: store.journal,
    peers,
    dial: dialOf(options.federation),
    clock,
    onFailure: (what, thrown) => log.failure(what, thrown),
  });
  if (count > 0) log.info("recovered", { events: count });
}

function dialOf({ dial, private_peers = false }: RegistryOptions["federation"] = {}): Dial {
  return dial ?? dialer({ private_peers });
}

/** What the folder knows of other registries; their GPUs are listed with this one's. */
export async function openFederation(
  { options, clock, node, store, verifier, gpus, urls, log, leads }: {
    options: RegistryOptions;
    clock: Clock;
    node: Identity;
    store: Store;
    verifier: Verifier;
    gpus: GpuIndex;
    urls: readonly string[];
    log: RegistryLog;
    leads(): boolean;
  },
): Promise<Federation> {
  const federation = await Federation.open({
    node,
    clock,
    files: filesOf(store, options, log),
    dial: dialOf(options.federation),
    checks: verifier,
    urls: () => urls,
    peers_only: options.federation?.peers_only ?? false,
    keeps_book: leads,
    ...options.federation?.replica_bytes === undefined
      ? {}
      : { replica_bytes: options.federation.replica_bytes },
    head: () => store.journal.head,
    onListings: (home, gpu_ids) => listForeign(gpus, federation, home, gpu_ids),
    onLie: ({ node, message }) => log.info("quarantined", { node, message }),
    onFailure: (what, thrown) => log.failure(what, thrown),
  });
  for (const { node_id } of federation.links()) listForeign(gpus, federation, node_id, null);
  return federation;
}
