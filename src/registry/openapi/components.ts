import * as z from "zod";
import { CODES } from "../../protocol/codes.ts";
import { ANSWERS, REQUESTS } from "./schemas.ts";

/** A JSON Schema (draft 2020-12), as OpenAPI 3.1 takes it. */
export type JsonSchema = Record<string, unknown>;

const REF = "#/components/schemas/";

const answers = registryOf(ANSWERS);
const requests = registryOf(REQUESTS);

/** All named schemas: those of answers as they are written, those of requests as they are read. */
export function componentSchemas(): Record<string, JsonSchema> {
  const known = convertAll(answers, "output");
  for (const [name, schema] of Object.entries(convertAll(requests, "input"))) {
    const same = known[name];
    if (same !== undefined && JSON.stringify(same) !== JSON.stringify(schema)) {
      throw new Error(`${name} is one thing in a request and another in an answer`);
    }
    known[name] = schema;
  }
  known.Problem = { ...known.Problem, ...problemOf(known.Problem ?? {}) };
  return known;
}

/** A reference to a named schema. */
export function refTo(name: string): JsonSchema {
  return { $ref: REF + name };
}

/** What a schema lets through once it is read, without a name. */
export function inlineSchema(schema: z.ZodType): JsonSchema {
  return withoutAddress(z.toJSONSchema(schema, { io: "output", unrepresentable: "any" }));
}

function registryOf(schemas: Readonly<Record<string, z.ZodType>>) {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  return registry;
}

function convertAll(
  registry: ReturnType<typeof registryOf>,
  io: "input" | "output",
): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(registry, {
    io,
    uri: (id) => REF + id,
    unrepresentable: "any",
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, withoutAddress(schema)]),
  );
}

function withoutAddress(schema: object): JsonSchema {
  const { $schema: _version, $id: _address, ...rest } = schema as JsonSchema;
  return rest;
}

/** A problem document, with what each of its codes means. */
function problemOf({ properties }: JsonSchema): JsonSchema {
  const codes = Object.entries(CODES).map(([code, { title }]) => `- \`${code}\`: ${title}`);
  return {
    description: "An RFC 9457 problem document with a stable code.",
    properties: {
      ...(properties as JsonSchema),
      code: { type: "string", enum: Object.keys(CODES), description: codes.join("\n") },
    },
  };
}
