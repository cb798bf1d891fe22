import type { Figure } from "../figure.ts";
import { measureGrpc } from "../grpc_load.ts";

/** One GPU over gRPC. */
export const figure: Figure = {
  group: "faces",
  name: "gRPC GetGpu / @grpc/grpc-js on Node.js with the same GPU",
  unit: "1/s",
  aim: { op: ">=", value: 0.8 },
  measure: () => measureGrpc("GetGpu", { gpu_id: "gpu-0" }, 10_000),
};
