import { HorizonError } from "../../base/errors.ts";
import { API_BASE } from "../../protocol/api.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { backupStream } from "../backup/backup_stream.ts";
import { paced } from "../backup/paced.ts";
import type { App, Services } from "../services.ts";

/** The backup of a running registry, for its operator alone: it holds what is private. */
export function backupRoutes(app: App, services: Services): void {
  const { sessions, node, clock, closing, sequencer } = services;
  const load = { clock, seq: () => sequencer.head.seq };
  let running = 0;

  app.get(`${API_BASE}/backup`, (c) => {
    const { actor, expires_at } = sessions.holder(c.req.header("authorization"));
    if (actor !== node.id) {
      throw new HorizonError("forbidden", "Only the registry's operator may take a backup.");
    }
    if (running >= LIMITS.backups) throw isRunning();
    // Nothing of it is newer than what is durable.
    c.set("as_of_seq", 0);
    const body = ReadableStream.from(bytes(expires_at));
    const headers = { "content-type": "application/octet-stream", "cache-control": "no-store" };
    return new Response(body, { headers });
  });

  async function* bytes(expires_at: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    if (running >= LIMITS.backups) throw isRunning();
    running++;
    try {
      for await (const chunk of paced(backupStream(services), load)) {
        // Cut off before its end, it is refused by whoever reads it.
        if (closing.aborted || expires_at <= clock.now()) return;
        yield chunk;
      }
    } finally {
      running--;
    }
  }
}

function isRunning(): HorizonError {
  return new HorizonError("limit_reached", "A backup of this registry is running already.", {
    fix: "Wait for it to end.",
  });
}
