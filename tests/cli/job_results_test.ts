import { assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import { identityOf, newSecret } from "../../src/base/identity.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import { fetchResults } from "../../src/cli/job_results.ts";
import { Client } from "../../src/client/client.ts";
import { inProcessTransport } from "../../src/client/transport.ts";
import { JobLimits, JobRetry, type JobView } from "../../src/protocol/job.ts";

const BYTES = new TextEncoder().encode("an output");
const SHA256 = sha256Hex(BYTES);
const renter = identityOf(newSecret());

/** A client of a registry that hands out these blobs by whatever name they are asked for. */
function clientOf(blobs: Map<string, Uint8Array<ArrayBuffer>>): Client {
  const transport = inProcessTransport((request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/v1/sessions") {
      return Promise.resolve(
        Response.json({ token: "t".repeat(32), expires_at: Date.now() + 600_000 }),
      );
    }
    return Promise.resolve(new Response(blobs.get(pathname.split("/").at(-1) ?? "")));
  });
  return new Client({ transport, identity: renter, node_id: renter.id });
}

function jobWith(result: string | null, state: JobView["state"] = "succeeded"): JobView {
  return {
    job_id: "job_7",
    lease_id: "lease_5",
    gpu_id: "rig-1",
    renter: renter.id,
    provider: renter.id,
    kind: "wgsl",
    state,
    reason: "done",
    side: null,
    attempt: 1,
    bundle: SHA256,
    result,
    limits: JobLimits.parse({ output_mb: 1 }),
    retry: JobRetry.parse({}),
    priority: 0,
    checkpoint: null,
    failed_on: [],
    statements: [],
    submitted_at: 1,
    started_at: 2,
    ended_at: state === "running" ? null : 3,
  };
}

/** A job whose provider stored this manifest, and a client that can fetch it. */
function stored(outputs: unknown, blob = BYTES): { client: Client; job: JobView } {
  const manifest = canonicalBytes({ salt: "0".repeat(64), outputs, elapsed_ms: 1 });
  const result = sha256Hex(manifest);
  return { client: clientOf(new Map([[result, manifest], [SHA256, blob]])), job: jobWith(result) };
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await test(`${root}/results`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const GOOD = { c: { sha256: SHA256, size_bytes: BYTES.length } };

Deno.test("outputs are saved under their names, and a second fetch finds them there", async () => {
  await withFolder(async (folder) => {
    const { client, job } = stored(GOOD);
    const saved = await fetchResults(client, job, folder);
    assertEquals(saved.map(({ path }) => path), [`${folder}/c`]);
    assertEquals(await Deno.readFile(`${folder}/c`), BYTES);
    assertEquals(await fetchResults(client, job, folder), saved);
  });
});

Deno.test("a file of the renter's is never written over", async () => {
  await withFolder(async (folder) => {
    const { client, job } = stored(GOOD);
    await Deno.mkdir(folder);
    await Deno.writeTextFile(`${folder}/c`, "mine");
    const error = await assertRejects(() => fetchResults(client, job, folder), HorizonError);
    assertEquals(error.code, "already_exists");
    assertEquals(await Deno.readTextFile(`${folder}/c`), "mine");
  });
});

Deno.test("a result that lies about names, sizes or bytes saves nothing", async () => {
  const { sha256, size_bytes } = GOOD.c;
  const lies: [unknown, string][] = [
    [{ "../c": { sha256, size_bytes } }, "bad_gateway"],
    [{ ".bashrc": { sha256, size_bytes } }, "bad_gateway"],
    [{ "/tmp/c": { sha256, size_bytes } }, "bad_gateway"],
    [{ c: { sha256, size_bytes: 2 ** 21 } }, "bad_gateway"],
    [{ c: { sha256, size_bytes: -1 } }, "bad_gateway"],
    ["none", "bad_gateway"],
  ];
  for (const [outputs, code] of lies) {
    await withFolder(async (folder) => {
      const { client, job } = stored(outputs);
      const error = await assertRejects(() => fetchResults(client, job, folder), HorizonError);
      assertEquals(error.code, code);
      await assertRejects(() => Deno.stat(`${folder}/c`), Deno.errors.NotFound);
    });
  }
});

Deno.test("an output with other bytes than its hash is refused and leaves no file", async () => {
  await withFolder(async (folder) => {
    const { client, job } = stored(GOOD, new TextEncoder().encode("forged!!!"));
    const error = await assertRejects(() => fetchResults(client, job, folder), HorizonError);
    assertEquals(error.code, "blob_mismatch");
    assertEquals([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("a job without a result says why there is none", async () => {
  const cases = [
    ["running", "job_unfinished"],
    ["failed", "job_failed"],
    ["lost", "job_failed"],
    ["cancelled", "job_cancelled"],
  ] as const;
  for (const [state, code] of cases) {
    const fetching = () => fetchResults(clientOf(new Map()), jobWith(null, state), "nowhere");
    assertEquals((await assertRejects(fetching, HorizonError)).code, code);
  }
});
