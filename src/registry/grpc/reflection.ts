import descriptor from "protobufjs/ext/descriptor.js";
import { LIMITS } from "../../protocol/limits.ts";
import type { Call } from "./call.ts";
import { codecOf, type Message, ROOT } from "./codecs.ts";
import { HEALTH } from "./health.ts";
import { MARKETPLACE } from "./marketplace.ts";
import { OK, STATUS } from "./status.ts";

/** Both versions say the same in the same words. */
export const REFLECTION: ReadonlySet<string> = new Set([
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
]);
const SERVICES = [MARKETPLACE, HEALTH, ...REFLECTION];
/** Descriptors as bytes, by package: each package is one file. Made when someone asks. */
let files: ReadonlyMap<string, { name: string; bytes: Uint8Array }> | null = null;

/** The reflection service of gRPC. False for a method that it doesn't have. */
export async function answerReflection(
  service: string,
  name: string,
  call: Call,
): Promise<boolean> {
  if (name !== "ServerReflectionInfo") return false;
  const of = service.slice(0, service.lastIndexOf("."));
  const input = codecOf(`${of}.ServerReflectionRequest`);
  const output = codecOf(`${of}.ServerReflectionResponse`);
  for await (const message of call.messages(LIMITS.request_bytes)) {
    const asked = input.decode(message);
    const { host } = asked;
    await call.send(output.encode({ valid_host: host, original_request: asked, ...reply(asked) }));
  }
  call.end(OK);
  return true;
}

function reply({ list_services, file_by_filename, file_containing_symbol }: Message): Message {
  if (list_services !== undefined) {
    return { list_services_response: { service: SERVICES.map((name) => ({ name })) } };
  }
  files ??= describe();
  const file = typeof file_by_filename === "string"
    ? files.values().find(({ name }) => name === file_by_filename)
    : files.get(packageOf(String(file_containing_symbol)));
  if (file === undefined) {
    const error_message = "There is no such file or symbol.";
    return { error_response: { error_code: STATUS.not_found, error_message } };
  }
  return { file_descriptor_response: { file_descriptor_proto: [file.bytes] } };
}

/** The package of a symbol; "" for one that isn't there. */
function packageOf(symbol: string): string {
  const isThere = ROOT.lookup(symbol) !== null;
  const packages = files?.keys() ?? [].values();
  return isThere ? packages.find((name) => symbol.startsWith(`${name}.`)) ?? "" : "";
}

function describe(): ReadonlyMap<string, { name: string; bytes: Uint8Array }> {
  const { file } = ROOT.toDescriptor("proto3");
  return new Map(file.map((one) => {
    const bytes = descriptor.FileDescriptorProto.encode(one).finish();
    return [one.package ?? "", { name: one.name ?? "", bytes }];
  }));
}
