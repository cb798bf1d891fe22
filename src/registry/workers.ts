import { HorizonError, messageOf } from "../base/errors.ts";

/** What goes to a Worker: one message a question. */
export interface Question<Payload> {
  n: number;
  payload: Payload;
}
/** What comes back: first "ready" (earlier questions would be lost), then one answer a question. */
export type Answer<Result> =
  | { ready: true }
  | { n: number; result: Result }
  | { n: number; error: string };

interface Pending<Payload, Result> {
  payload: Payload;
  resolve(result: Result): void;
  reject(reason: HorizonError): void;
}

/** Questions that may wait for a Worker; beyond that callers are told to come back. */
const MAX_PENDING = 10_000;

/**
 * A Worker of main.ts in a role (DESIGN §10), and the questions it has not answered yet. It starts
 * with the first question. If it dies, what it was asked fails with `internal`, and the next question
 * starts another one.
 */
export class WorkerRole<Payload, Result> {
  readonly #main_url: string;
  readonly #name: string;
  readonly #onDeath: (reason: string) => void;
  readonly #pending = new Map<number, Pending<Payload, Result>>();
  #worker: Worker | null = null;
  #isReady = false;
  #next = 1;

  constructor(main_url: string, name: string, onDeath: (reason: string) => void) {
    this.#main_url = main_url;
    this.#name = name;
    this.#onDeath = onDeath;
  }

  /** The Worker's answer. Rejects with `busy`, or with `internal` if it dies or throws. */
  ask(payload: Payload): Promise<Result> {
    if (this.#pending.size >= MAX_PENDING) {
      return Promise.reject(new HorizonError("busy", "Too many requests wait to be checked."));
    }
    const worker = this.#worker ??= this.#start();
    const n = this.#next++;
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#pending.set(n, { payload, resolve, reject });
    if (this.#isReady) worker.postMessage({ n, payload } satisfies Question<Payload>);
    return promise;
  }

  close(): void {
    this.#end("the registry is closing");
  }

  #start(): Worker {
    const worker = new Worker(this.#main_url, { type: "module", name: this.#name });
    worker.onmessage = ({ data }: MessageEvent<Answer<Result>>) => this.#take(worker, data);
    worker.onerror = (event) => {
      event.preventDefault();
      if (worker !== this.#worker) return;
      this.#onDeath(event.message);
      this.#end("the Worker died");
    };
    return worker;
  }

  #take(worker: Worker, answer: Answer<Result>): void {
    if (worker !== this.#worker) return;
    if ("ready" in answer) {
      this.#isReady = true;
      for (const [n, { payload }] of this.#pending) worker.postMessage({ n, payload });
      return;
    }
    const pending = this.#pending.get(answer.n);
    this.#pending.delete(answer.n);
    if ("result" in answer) pending?.resolve(answer.result);
    else pending?.reject(new HorizonError("internal", `Worker "${this.#name}": ${answer.error}`));
  }

  #end(why: string): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#isReady = false;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) {
      reject(new HorizonError("internal", `Worker "${this.#name}": ${why}.`));
    }
  }
}

/** Answers the questions of this Worker's owner, one after the other, for as long as it lives. */
export function serveRole<Payload, Result>(answer: (payload: Payload) => Promise<Result>): void {
  addEventListener("message", async (event) => {
    if (!(event instanceof MessageEvent)) return;
    const { n, payload }: Question<Payload> = event.data;
    try {
      post<Result>({ n, result: await answer(payload) });
    } catch (thrown) {
      post<Result>({ n, error: messageOf(thrown) });
    }
  });
  post<Result>({ ready: true });
}

/** `postMessage` of a Worker's scope, which the library of main threads lacks. */
function post<Result>(answer: Answer<Result>): void {
  const send: unknown = Reflect.get(globalThis, "postMessage");
  if (typeof send === "function") send(answer);
}
