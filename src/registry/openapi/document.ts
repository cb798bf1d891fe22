import * as z from "zod";
import { VERSION } from "../../base/version.ts";
import { HorizonError } from "../../base/errors.ts";
import { meaningOf } from "../../protocol/codes.ts";
import { PROBLEM_TYPE, problemOf } from "../../protocol/problem.ts";
import { API_BASE } from "../../protocol/api.ts";
import { MIN_SEQ } from "../../protocol/queries.ts";
import {
  ActorId,
  AuctionId,
  BidId,
  GpuId,
  JobId,
  LeaseId,
  Sha256Hex,
  Ulid,
} from "../../protocol/text.ts";
import { componentSchemas, inlineSchema, type JsonSchema, refTo } from "./components.ts";
import { MARKET_OPERATIONS } from "./market_operations.ts";
import { NETWORK_OPERATIONS } from "./network_operations.ts";
import { type Content, type Operation, TAGS } from "./operation.ts";
import { PROOF_OPERATIONS } from "./proof_operations.ts";
import { WRITE_OPERATIONS } from "./write_operations.ts";

/** Every route for programs. */
export const OPERATIONS: readonly Operation[] = [
  ...MARKET_OPERATIONS,
  ...WRITE_OPERATIONS,
  ...PROOF_OPERATIONS,
  ...NETWORK_OPERATIONS,
];

/** What any route can answer. */
const COMMON_ERRORS = ["rate_limited", "busy", "internal"];
const JSON_TYPE = "application/json";

/** What each part of a path holds. */
const PARAMETERS: Readonly<Record<string, z.ZodType>> = {
  gpu_id: GpuId,
  lease_id: LeaseId,
  job_id: JobId,
  auction_id: AuctionId,
  bid_id: BidId,
  actor: ActorId,
  node_id: ActorId,
  sha256: Sha256Hex,
  id: Ulid,
  path: z.string(),
};

/** The OpenAPI 3.1 document of the registry's HTTP interface, from the schemas that validate it. */
export function openApiDocument(): JsonSchema {
  const paths: Record<string, JsonSchema> = {};
  for (const operation of OPERATIONS) {
    const path = templateOf(operation.path);
    paths[path] = { ...paths[path], [operation.method]: describe(operation) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Horizon registry",
      version: VERSION,
      summary: "A decentralized GPU marketplace: reads, signed intents and event streams.",
      description:
        "Money is in micro-dollars, times are milliseconds since the Unix epoch. Reads " +
        "are answered as of what is durable.",
      license: { name: "BSD-3-Clause", identifier: "BSD-3-Clause" },
    },
    servers: [{ url: "/", description: "The registry that served this document" }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        session: {
          type: "http",
          scheme: "bearer",
          description: "A token of POST /v1/sessions.",
        },
      },
    },
  };
}

/** "/v1/gpus/:gpu_id" as OpenAPI writes it: "/v1/gpus/{gpu_id}". */
export function templateOf(path: string): string {
  return path.replace(/:(\w+)/g, "{$1}").replace(/\*$/, "{path}");
}

function describe(operation: Operation): JsonSchema {
  const { id, tag, summary, about, who, body, answers, errors = [] } = operation;
  const asked = who === undefined || who === "session" ? [] : [`For its ${who} alone.`];
  const description = [...(about === undefined ? [] : [about]), ...asked].join(" ");
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === "" ? {} : { description }),
    parameters: parametersOf(operation),
    ...(body === undefined ? {} : {
      requestBody: { required: true, content: contentOf([body]) },
    }),
    responses: {
      "200": { description: "What was asked for", content: contentOf(answers) },
      ...errorsOf([...errors, ...COMMON_ERRORS]),
    },
    security: who === undefined ? [] : [{ session: [] }],
  };
}

function parametersOf({ path, method, query, headers = [] }: Operation): JsonSchema[] {
  const names = [...templateOf(path).matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const inPath = names.map((name) => {
    const schema = PARAMETERS[name];
    if (schema === undefined) throw new Error(`no schema of the parameter ${name}`);
    return { name, in: "path", required: true, schema: inlineSchema(schema) };
  });
  const properties = query === undefined ? {} : inlineSchema(query).properties as JsonSchema;
  const inQuery = Object.entries(properties).map(([name, schema]) => {
    // What is read from a text with commas between is one parameter.
    const isList = (schema as JsonSchema).type === "array";
    return { name, in: "query", schema, ...(isList ? { style: "form", explode: false } : {}) };
  });
  const waits = method === "get" && path.startsWith(API_BASE) && !path.includes("/homes/");
  return [
    ...inPath,
    ...inQuery,
    ...(waits ? [MIN_SEQ_PARAMETER] : []),
    ...headers.map(({ name, summary, example }) => ({
      name,
      in: "header",
      description: summary,
      schema: { type: "string" },
      example,
    })),
  ];
}

const MIN_SEQ_PARAMETER = {
  name: MIN_SEQ,
  in: "query",
  description: "Waits, at most 5 s, until this seq is durable here.",
  schema: { type: "integer", minimum: 0 },
};

/** Bodies by their media types; several of one type are alternatives. */
function contentOf(contents: readonly Content<string>[]): JsonSchema {
  const types = Map.groupBy(contents, ({ type = JSON_TYPE }) => type);
  return Object.fromEntries(types.entries().map(([type, same]) => [type, mediaOf(type, same)]));
}

function mediaOf(type: string, contents: readonly Content<string>[]): JsonSchema {
  const schemas = contents.map(({ schema }) =>
    schema !== null ? refTo(schema) : type === JSON_TYPE ? {} : { type: "string" }
  );
  const examples = contents.flatMap(({ schema, example }) =>
    example === undefined ? [] : [[schema ?? "example", { value: example }] as const]
  );
  return {
    schema: schemas.length === 1 ? schemas[0] : { anyOf: schemas },
    ...(examples.length === 0 ? {} : { examples: Object.fromEntries(examples) }),
  };
}

/** Problem documents by status, with an example of each code. */
function errorsOf(codes: readonly string[]): JsonSchema {
  const statuses = Map.groupBy(new Set(codes), (code) => String(meaningOf(code).status));
  return Object.fromEntries(
    statuses.entries().map(([status, same]) => [status, {
      description: same.map((code) => meaningOf(code).title).join("; "),
      content: {
        [PROBLEM_TYPE]: {
          schema: refTo("Problem"),
          examples: Object.fromEntries(same.map((code) => {
            const error = new HorizonError(code, `${meaningOf(code).title}.`);
            return [code, { value: problemOf(error) }];
          })),
        },
      },
    }]),
  );
}
