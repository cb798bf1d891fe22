import { HorizonError } from "../base/errors.ts";
import { API_BASE } from "../protocol/api.ts";
import type { App } from "./services.ts";

/**
 * Where the processes of a registry share their store and no folder: what would lie in the files of one
 * of them alone, and be lost with it, is refused rather than acknowledged.
 */
export function refuseUnsharedFiles(app: App): void {
  const refuse = () => {
    throw new HorizonError("files_not_shared", "This registry keeps no private files.", {
      fix: "Its operator starts every process with: serve --shared <folder that all of them see>",
    });
  };
  app.put(`${API_BASE}/blobs/:sha256`, refuse);
  app.post(`${API_BASE}/auctions/:auction_id/openings`, refuse);
}
