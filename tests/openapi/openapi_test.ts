import { assert, assertEquals } from "@std/assert";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { CODES } from "../../src/protocol/codes.ts";
import { openApiDocument, OPERATIONS, templateOf } from "../../src/registry/openapi/document.ts";
import type { Content } from "../../src/registry/openapi/operation.ts";
import { ANSWERS, REQUESTS } from "../../src/registry/openapi/schemas.ts";
import { buildApp } from "../../src/registry/app.ts";
import { openTest } from "../registry/harness.ts";

/** Routes that answer people, in HTML, and what their pages load. */
const PAGES = new Set([
  "GET /",
  "GET /gpus/:gpu_id",
  "GET /auctions",
  "GET /auctions/:auction_id",
  "GET /network",
  "GET /health",
  "GET /live",
  "GET /assets/:name",
]);

/** What a public linter says of a document, by its strict rules. */
async function problemsOf(document: object): Promise<string[]> {
  const config = await createConfig({ extends: ["recommended-strict"] });
  const found = await lintFromString({ source: JSON.stringify(document), config });
  return found.map(({ ruleId, message, location }) =>
    `${ruleId}: ${message} ${location[0]?.pointer}`
  );
}

Deno.test("a public linter finds nothing wrong with the document, and would find something", async () => {
  assertEquals(await problemsOf(openApiDocument()), []);
  const text = JSON.stringify(openApiDocument()).replace("#/components/schemas/GpuPage", "#/x");
  assert((await problemsOf(JSON.parse(text))).length > 0);
});

Deno.test("the document has every route for programs, and no other", async () => {
  await using registry = await openTest();
  const routes = new Set<string>();
  for (const { method, path } of buildApp(registry.services).routes) {
    const isRelay = path.includes("/homes/");
    if (method === "ALL" && !isRelay) continue; // a middleware, or a refusal of other methods
    for (const one of isRelay ? ["GET", "POST", "PUT", "DELETE"] : [method]) {
      if (!PAGES.has(`${one} ${path}`)) routes.add(`${one} ${path}`);
    }
  }
  const told = OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  assertEquals(told.toSorted(), [...routes].sort());
  assertEquals(new Set(OPERATIONS.map(({ id }) => id)).size, OPERATIONS.length);
});

Deno.test("each example is what the interface's own validators let through", () => {
  const check = (
    id: string,
    { schema, example }: Content<string>,
    schemas: Readonly<Record<string, { parse(value: unknown): unknown }>>,
  ) => {
    if (schema === null) return;
    assert(example !== undefined, `${id} has no example of ${schema}`);
    try {
      schemas[schema]?.parse(example);
    } catch (cause) {
      throw new Error(`the example of ${schema} in ${id} is wrong`, { cause });
    }
  };
  for (const { id, body, answers } of OPERATIONS) {
    if (body !== undefined) check(id, body, REQUESTS);
    for (const answer of answers) check(id, answer, ANSWERS);
  }
});

Deno.test("each error has a code of the table, and an example of the problem document", () => {
  for (const { id, errors = [] } of OPERATIONS) {
    assertEquals(errors.filter((code) => !Object.hasOwn(CODES, code)), [], id);
    assertEquals(new Set(errors).size, errors.length, `${id} names a code twice`);
  }
  const text = JSON.stringify(openApiDocument());
  for (const { path, errors = [] } of OPERATIONS) {
    assert(text.includes(`"${templateOf(path)}"`));
    for (const code of errors) assert(text.includes(`"code":"${code}"`), code);
  }
});

Deno.test("the document is served with a tag, by which it isn't sent again", async () => {
  await using registry = await openTest();
  const first = await registry.fetch("/openapi.json");
  assertEquals(await first.json(), JSON.parse(JSON.stringify(openApiDocument())));
  const etag = first.headers.get("etag") ?? "";
  const again = await registry.fetch("/openapi.json", { headers: { "if-none-match": etag } });
  assertEquals([again.status, await again.text()], [304, ""]);
});
