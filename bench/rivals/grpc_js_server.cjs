// The rival: a server of the public @grpc/grpc-js on Node.js that answers with the same GPUs, held as
// objects and written anew for each call. Arguments: folder of the .proto files, file with a page.
const { readFileSync } = require("node:fs");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const [folder, file] = process.argv.slice(2);
const definition = loader.loadSync(`${folder}horizon/v1/marketplace.proto`, {
  keepCase: true,
  longs: Number,
});
const page = JSON.parse(readFileSync(file, "utf8"));
const byId = new Map(page.gpus.map((gpu) => [gpu.gpu_id, gpu]));
const server = new grpc.Server();
server.addService(definition["horizon.v1.Marketplace"], {
  ListGpus: (_call, answer) => answer(null, page),
  GetGpu: (call, answer) => answer(null, byId.get(call.request.gpu_id)),
});
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(JSON.stringify({ url: `http://127.0.0.1:${port}`, node_id: "" }));
});
process.stdin.on("end", () => process.exit(0)).resume();
