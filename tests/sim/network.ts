import type { PinnedTransport } from "../../src/federation/dial.ts";
import type { Process, World } from "./world.ts";

/** What answers at a host name. */
export interface Server {
  process: Process;
  fetch(request: Request, caller: { address: string }): Promise<Response>;
}

/** How bad the network is. Chances are of a hundred. */
export interface Weather {
  min_ms: number;
  spread_ms: number;
  /** Requests, or answers, that are lost. */
  lost: number;
  /** Requests that arrive twice. */
  doubled: number;
  /** Streams that break at a piece. */
  broken: number;
}

export const FINE: Weather = { min_ms: 1, spread_ms: 4, lost: 0, doubled: 0, broken: 0 };

/** How long a side of a broken connection takes to notice. */
const NOTICE_MS = 3_000;

/** A request under way, with its answer. */
interface Exchange {
  from: Process;
  from_name: string;
  to_name: string;
  /** Ends it on both sides. */
  cut(why: string): void;
}

/** What was carried: a request, the head of an answer, or a piece of one. */
export interface Carried {
  from_name: string;
  to_name: string;
  /** That of the request. */
  path: string;
  size_bytes: number;
}

/** The network between named hosts: delays, losses, duplicates and partitions, all by the seed. */
export class Network {
  weather: Weather = FINE;
  requests = 0;
  /** Told of all that is sent, for figures. */
  onCarried: (carried: Carried) => void = () => {};
  readonly #world: World;
  readonly #servers = new Map<string, Server>();
  readonly #open = new Set<Exchange>();
  /** Names that can reach none but each other. */
  #island: ReadonlySet<string> = new Set();

  constructor(world: World) {
    this.#world = world;
  }

  /** Answers at a name from now on. */
  listen(name: string, server: Server): void {
    this.#servers.set(name, server);
  }

  /** A host is gone: whatever was under way from or to it breaks. */
  vanish(name: string): void {
    this.#servers.delete(name);
    this.#cut(({ from_name, to_name }) => from_name === name || to_name === name, "host is down");
  }

  /** Parts some hosts from all others; none ends the partition. */
  partition(names: Iterable<string>): void {
    this.#island = new Set(names);
    this.#cut(({ from_name, to_name }) => !this.#reaches(from_name, to_name), "partitioned");
  }

  /** The way from a process to a URL. */
  transport(from: Process, from_name: string, base_url: string): PinnedTransport {
    return {
      base_url,
      endpoint: base_url,
      headers: {},
      fetch: (request) => this.#carry(from, from_name, request),
      probe: () => Promise.resolve(),
      close() {},
    };
  }

  #reaches(a: string, b: string): boolean {
    return this.#island.has(a) === this.#island.has(b);
  }

  #cut(isCut: (exchange: Exchange) => boolean, why: string): void {
    for (const exchange of [...this.#open]) if (isCut(exchange)) exchange.cut(why);
  }

  #delay(): number {
    const { min_ms, spread_ms } = this.weather;
    return min_ms + this.#world.random.below(spread_ms * 1000) / 1000;
  }

  #happens(chance: number): boolean {
    return chance > 0 && this.#world.random.below(100) < chance;
  }

  async #carry(from: Process, from_name: string, request: Request): Promise<Response> {
    const { pathname, hostname: to_name } = new URL(request.url);
    const bytes = request.body === null ? null : new Uint8Array(await request.arrayBuffer());
    if (request.signal.aborted) throw request.signal.reason;
    this.requests++;
    this.onCarried({ from_name, to_name, path: pathname, size_bytes: sizeOf(request, bytes) });
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const route = { from, from_name, to_name, method: request.method, path: pathname };
    const call = new Call(this.#world, route, {
      resolve,
      reject,
      forget: (exchange) => this.#open.delete(exchange),
    });
    this.#open.add(call);
    request.signal.addEventListener("abort", () => {
      reject(request.signal.reason);
      call.abandon();
    });
    const isLost = !this.#reaches(from_name, to_name) || this.#happens(this.weather.lost);
    if (isLost) call.cut("lost on the way");
    else {
      const copies = this.#happens(this.weather.doubled) ? 2 : 1;
      for (let i = 0; i < copies; i++) this.#deliver(call, request, bytes, i === 0);
    }
    return await promise;
  }

  #deliver(
    call: Call,
    request: Request,
    bytes: Uint8Array<ArrayBuffer> | null,
    isFirst: boolean,
  ): void {
    const server = this.#servers.get(call.to_name);
    const delay_ms = this.#delay();
    if (server === undefined) {
      if (isFirst) call.fail(delay_ms, "connection refused");
      return;
    }
    call.server = server.process;
    this.#world.after(delay_ms, server.process, call.label, () => {
      const { method, headers, url } = request;
      const copy = new Request(url, {
        method,
        headers,
        body: bytes,
        signal: call.farSide.signal,
        redirect: "manual",
      });
      server.fetch(copy, { address: call.from_name }).then((response) => {
        if (isFirst) this.#answer(call, server.process, response);
        else response.body?.cancel();
      });
    });
  }

  /** Counts what a server has sent. */
  #sent({ from_name, to_name, path }: Call, size_bytes: number): void {
    this.onCarried({ from_name: to_name, to_name: from_name, path, size_bytes });
  }

  #answer(call: Call, server: Process, response: Response): void {
    if (call.isOver || this.#happens(this.weather.lost)) {
      response.body?.cancel().catch(() => undefined);
      if (!call.isOver) call.cut("answer lost");
      return;
    }
    const { status, headers, body } = response;
    this.#sent(call, sizeOf(response, null));
    const near = call.answer(this.#delay(), status, headers, body !== null);
    if (body === null || near === null) return call.end();
    const reader = body.getReader();
    call.farSide.signal.addEventListener("abort", () => void reader.cancel().catch(() => {}));
    const pump = async () => {
      for (;;) {
        const { done, value } = await reader.read();
        if (call.isOver || !server.isAlive) return;
        if (done) return call.close(this.#delay());
        this.#sent(call, value.length);
        if (this.#happens(this.weather.broken)) return call.cut("broken");
        call.piece(this.#delay(), value);
      }
    };
    pump().catch(() => call.cut("server failed"));
  }
}

/** Who asks whom for what. */
interface Route {
  from: Process;
  from_name: string;
  to_name: string;
  method: string;
  path: string;
}

interface CallEnds {
  resolve(response: Response): void;
  reject(reason: unknown): void;
  forget(exchange: Exchange): void;
}

/** One request and its answer, whose pieces arrive in order. */
class Call implements Exchange {
  readonly from: Process;
  readonly from_name: string;
  readonly to_name: string;
  readonly path: string;
  readonly label: string;
  /** Aborted when the server should stop. */
  readonly farSide = new AbortController();
  isOver = false;
  /** Who serves it. */
  server: Process | null = null;
  readonly #world: World;
  readonly #ends: CallEnds;
  #body: ReadableStreamDefaultController<Uint8Array> | null = null;
  /** When the last piece arrives: none overtakes another. */
  #last_ms = 0;

  constructor(world: World, route: Route, ends: CallEnds) {
    const { from, from_name, to_name, method, path } = route;
    this.#world = world;
    this.from = from;
    this.from_name = from_name;
    this.to_name = to_name;
    this.path = path;
    this.label = `${method} ${path} ${from_name}→${to_name}`;
    this.#ends = ends;
  }

  /** Breaks it: each side notices in its own time. */
  cut(why: string): void {
    if (this.isOver) return;
    this.end();
    const { random } = this.#world;
    this.#world.after(random.below(NOTICE_MS), this.server, `server hears: ${why}`, () => {
      this.farSide.abort();
    });
    this.#tell(random.below(NOTICE_MS), why);
  }

  /** The caller hears that it failed. */
  fail(delay_ms: number, why: string): void {
    this.end();
    this.#tell(delay_ms, why);
  }

  /** The caller is no longer interested. */
  abandon(): void {
    if (this.isOver) return;
    this.end();
    this.#world.after(1, this.server, `${this.label} abandoned`, () => this.farSide.abort());
  }

  /** The head of the answer; null if it is over already. */
  answer(delay_ms: number, status: number, headers: Headers, hasBody: boolean): true | null {
    if (this.isOver) return null;
    this.#arrive(delay_ms, `${status} ${this.label}`, () => {
      const body = hasBody
        ? new ReadableStream<Uint8Array>({
          start: (controller) => {
            this.#body = controller;
          },
          cancel: () => this.abandon(),
        })
        : null;
      this.#ends.resolve(new Response(body, { status, headers }));
    });
    return true;
  }

  piece(delay_ms: number, bytes: Uint8Array): void {
    this.#arrive(delay_ms, `${bytes.length} B ${this.label}`, () => {
      if (!this.isOver) this.#body?.enqueue(bytes);
    });
  }

  close(delay_ms: number): void {
    this.#arrive(delay_ms, `end ${this.label}`, () => {
      if (!this.isOver) this.#body?.close();
      this.end();
    });
  }

  end(): void {
    this.isOver = true;
    this.#ends.forget(this);
  }

  #tell(delay_ms: number, why: string): void {
    this.#arrive(delay_ms, `${why} ${this.label}`, () => {
      const failure = new TypeError(why);
      this.#ends.reject(failure);
      this.#body?.error(failure);
    });
  }

  #arrive(delay_ms: number, label: string, run: () => void): void {
    const at_ms = Math.max(this.#last_ms, this.#world.now_ms + delay_ms);
    this.#last_ms = at_ms;
    this.#world.after(at_ms - this.#world.now_ms, this.from, label, run);
  }
}

function sizeOf({ headers }: { headers: Headers }, bytes: Uint8Array | null): number {
  let size = bytes?.length ?? 0;
  for (const [name, value] of headers) size += name.length + value.length + 4;
  return size;
}
