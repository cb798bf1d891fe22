// Makes calls of a gRPC port with the public client of Node.js: one call a line of JSON on stdin, its
// outcome as a line on stdout. Arguments: address, folder of the .proto files, file of an authority.
const { readFileSync } = require("node:fs");
const { createInterface } = require("node:readline");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const [address, folder, caFile] = process.argv.slice(2);
const files = [
  "horizon/v1/marketplace.proto",
  "grpc/health/v1/health.proto",
  "google/rpc/status.proto",
].map((file) => `${folder}${file}`);
const definition = loader.loadSync(files, { keepCase: true, longs: Number, enums: String });
const types = grpc.loadPackageDefinition(definition);
const credentials = caFile
  ? grpc.credentials.createSsl(readFileSync(caFile))
  : grpc.credentials.createInsecure();
const clients = {
  "horizon.v1.Marketplace": new types.horizon.v1.Marketplace(address, credentials),
  "grpc.health.v1.Health": new types.grpc.health.v1.Health(address, credentials),
};
const Status = definition["google.rpc.Status"];
const ErrorInfo = definition["google.rpc.ErrorInfo"];

function call(
  { service = "horizon.v1.Marketplace", method, message = {}, token, deadline_ms, take },
) {
  const metadata = new grpc.Metadata();
  if (token) metadata.set("authorization", `Bearer ${token}`);
  const options = deadline_ms === undefined ? {} : { deadline: Date.now() + deadline_ms };
  const client = clients[service];
  return new Promise((resolve) => {
    if (take === undefined) {
      client[method](
        message,
        metadata,
        options,
        (error, answer) => resolve(error ? failure(error) : { answer }),
      );
      return;
    }
    const items = [];
    const stream = client[method](message, metadata, options);
    stream.on("data", (item) => {
      items.push(item);
      if (items.length === take) stream.cancel();
    });
    stream.on("error", (error) => resolve({ items, ...failure(error) }));
    stream.on("end", () => resolve({ items }));
  });
}

function failure(error) {
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  if (bytes === undefined) return { code: error.code, details: error.details };
  const { details } = decode(Status, bytes);
  const { reason, metadata } = decode(ErrorInfo, details[0].value);
  return { code: error.code, details: error.details, reason, metadata };
}

/** proto-loader gives codecs with services alone: a message is read by its own file's descriptor. */
function decode(type, bytes) {
  const protobuf = require("protobufjs");
  const root = protobuf.loadSync(files[2], new protobuf.Root());
  const message = root.lookupType(`google.rpc.${type.type.name}`);
  return message.toObject(message.decode(bytes), { arrays: true });
}

const lines = createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  const { id, ...calling } = JSON.parse(line);
  console.log(JSON.stringify({ id, ...(await call(calling)) }));
});
lines.on("close", () => process.exit(0));
