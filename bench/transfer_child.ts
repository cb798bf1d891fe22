import { loadKeyFile, NODE_KEY_FILE } from "../src/base/keyfile.ts";
import { identityOf, newSecret } from "../src/base/identity.ts";
import { Client } from "../src/client/client.ts";
import { httpTransport } from "../src/client/transport.ts";
import { offer, rent, submitJob } from "./leased_job.ts";
import { Peak } from "./peak_memory.ts";
import type { Transfer, TransferOrder } from "./transfers.ts";

/**
 * A client in a process of its own: sends a file as an input of a job, and fetches it into another.
 * Argument: a `TransferOrder` as JSON. Prints a `Transfer`.
 */
const order: TransferOrder = JSON.parse(Deno.args[0] ?? "");
const { url, node_id, data_folder, registry_pid, gpu_id, from, to } = order;
const as = (identity = identityOf(newSecret())) =>
  new Client({ transport: httpTransport(url), identity, node_id });
const renter = as();
await offer(as(), as(await loadKeyFile(`${data_folder}/${NODE_KEY_FILE}`)), gpu_id);
await rent(renter, gpu_id);
const peaks = [new Peak(registry_pid), new Peak(Deno.pid)] as const;
const began_ms = performance.now();
const blob = await renter.blobs.putFile(from);
const up_ms = performance.now() - began_ms;
const job_id = await submitJob(renter, gpu_id, { x: blob });
const fetched_ms = performance.now();
await renter.blobs.toFile(job_id, blob, to);
const down_ms = performance.now() - fetched_ms;
const [registry_mib, client_mib] = [peaks[0].aboveIdleMib(), peaks[1].aboveIdleMib()];
console.log(JSON.stringify({ up_ms, down_ms, registry_mib, client_mib } satisfies Transfer));
