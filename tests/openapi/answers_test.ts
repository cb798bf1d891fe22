import { assert, assertEquals } from "@std/assert";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Identity } from "../../src/base/identity.ts";
import { openApiDocument, OPERATIONS, templateOf } from "../../src/registry/openapi/document.ts";
import type { Operation } from "../../src/registry/openapi/operation.ts";
import { newBidder, placeOrder, sealBid, startAuction } from "../registry/auctions.ts";
import {
  listGpu,
  newActor,
  openTest,
  rentGpu,
  sessionOf,
  type TestRegistry,
} from "../registry/harness.ts";
import { submitJob } from "../registry/jobs.ts";

// deno-lint-ignore no-explicit-any -- the document as a reader has it: any JSON
type Json = any;

const document: Json = JSON.parse(JSON.stringify(openApiDocument()));
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(document, "doc");

/** What the document says is wrong with an answer. */
function faults({ method, path }: Operation, status: number, type: string, body: unknown): unknown {
  const place = ["paths", templateOf(path), method, "responses", String(status), "content", type]
    .map((step) => encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1")));
  const validate = ajv.getSchema(`doc#/${place.join("/")}/schema`);
  if (validate === undefined) return `the document has no answer ${status} in ${type}`;
  return validate(body) ? null : validate.errors;
}

/** A market with one of everything. Returns what stands for the parts of paths. */
async function fill(registry: TestRegistry, owner: Identity, renter: Identity) {
  for (const gpu_id of ["rig-1", "rig-2"]) await listGpu(registry, owner, gpu_id);
  const lease_id = await rentGpu(registry, renter, "rig-1");
  const { job_id } = await submitJob(registry, renter, "rig-1");
  const auction_id = await startAuction(registry, owner, "rig-2");
  await sealBid(registry, await newBidder(registry), auction_id, 200_000);
  const bid_id = await placeOrder(registry, renter, "vram_gb>=900", 10_000);
  return {
    gpu_id: "rig-1",
    lease_id,
    job_id,
    auction_id,
    bid_id,
    actor: renter.id,
    node_id: registry.node.id,
    sha256: "0".repeat(64),
    "*": "v1/node",
  };
}

function pathOf({ path }: Operation, parts: Readonly<Record<string, string>>): string {
  return path.replace(/:(\w+)|\*/g, (all, name) => parts[name ?? all] ?? all);
}

Deno.test("real answers of all reads are what the document says", async () => {
  await using registry = await openTest();
  const [owner, renter] = [newActor(), newActor()];
  const parts = await fill(registry, owner, renter);
  const checked: string[] = [];
  for (const operation of OPERATIONS) {
    const { method, who, id } = operation;
    if (method !== "get") continue;
    const signer = who === "operator" ? registry.node : renter;
    const headers = who === undefined ? {} : await sessionOf(registry, signer);
    const response = await registry.fetch(pathOf(operation, parts), { headers });
    const type = response.headers.get("content-type")?.split(";")[0] ?? "";
    const isJson = /json/.test(type);
    const body = isJson ? await response.json() : null;
    if (!isJson) await response.body?.cancel();
    assertEquals(isJson ? faults(operation, response.status, type, body) : null, null, id);
    assert(response.status === 200 || body?.code in codesOf(operation, response.status), id);
    checked.push(id);
  }
  assert(checked.length > 25);
  const [list] = OPERATIONS.filter(({ id }) => id === "listGpus");
  assert(list !== undefined && faults(list, 200, "application/json", { gpus: [{}] }) !== null);
});

Deno.test("real refusals have a status and a code that the document names", async () => {
  await using registry = await openTest();
  const parts: Record<string, string> = {
    gpu_id: "nothing",
    lease_id: "lease_9",
    job_id: "job_9",
    auction_id: "auction_9",
    bid_id: "bid_9",
    actor: "nobody",
    node_id: newActor().id,
    sha256: "nothing",
    id: "nothing",
    "*": "v1/node",
  };
  for (const operation of OPERATIONS) {
    const { method, body, id, who } = operation;
    const headers = who === undefined ? {} : await sessionOf(registry, newActor());
    const response = await registry.fetch(`${pathOf(operation, parts)}?nonsense=1`, {
      method: method.toUpperCase(),
      headers,
      ...(body === undefined ? {} : { body: "{" }),
    });
    if (response.ok) {
      await response.body?.cancel();
      continue;
    }
    const problem = await response.json();
    assertEquals(faults(operation, response.status, "application/problem+json", problem), null, id);
    assert(problem.code in codesOf(operation, response.status), `${id}: ${problem.code}`);
  }
});

function codesOf({ method, path }: Operation, status: number): object {
  const { content } = document.paths[templateOf(path)][method].responses[status] ?? {};
  return content?.["application/problem+json"]?.examples ?? {};
}
