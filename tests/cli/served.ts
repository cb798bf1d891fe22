import { parseDocument } from "../e2e/binary.ts";
import type { Done, Person } from "./person.ts";

/** A `horizon serve` that runs inside this process until it is stopped. */
export interface Served extends AsyncDisposable {
  url: string;
  node_id: string;
  folder: string;
  /** Interrupts it and waits for its end. */
  stop(): Promise<Done>;
}

/** Starts `horizon serve` on a free port and waits until it says that it listens. */
export async function serve(operator: Person, ...flags: string[]): Promise<Served> {
  const controller = new AbortController();
  const started = Promise.withResolvers<string>();
  const running = operator.run(["serve", "--port", "0", "--json", ...flags], {
    signal: controller.signal,
    onOutput: started.resolve,
  });
  void running.then(({ stdout, stderr }) => started.reject(new Error(stdout + stderr)));
  const { url, node_id, folder } = parseDocument(await started.promise);
  const stop = () => {
    controller.abort();
    return running;
  };
  return {
    url: String(url),
    node_id: String(node_id),
    folder: String(folder),
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}
