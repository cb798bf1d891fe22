import type { Figure } from "../figure.ts";
import { measureGrpc } from "../grpc_load.ts";

/** A page of GPUs over gRPC. */
export const figure: Figure = {
  group: "faces",
  name: "gRPC ListGpus, 50 of 10,000 GPUs / @grpc/grpc-js on Node.js with the same page",
  unit: "1/s",
  aim: { op: ">=", value: 0.8 },
  measure: () => measureGrpc("ListGpus", { limit: 50 }, 4_000),
};
