import { type Identity, identityOf, newSecret } from "../../src/base/identity.ts";
import { inProcessTransport } from "../../src/client/transport.ts";
import type { Dial } from "../../src/federation/dial.ts";
import type { Link } from "../../src/federation/link.ts";
import { stateHash } from "../../src/market/market.ts";
import { ManualClock, openTest, type TestOptions, type TestRegistry } from "../registry/harness.ts";

/** How long a test waits for what must come; it fails then, and never waits for its own sake. */
const PATIENCE_MS = 20_000;

/** Whatever answers at a name. */
export interface Host extends AsyncDisposable {
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** Registries in one process that reach each other by name, as long as nothing is cut. */
export class Cluster implements AsyncDisposable {
  readonly #hosts = new Map<string, Host>();
  readonly #cut = new Set<string>();
  readonly #open = new Map<string, Set<AbortController>>();
  /** Requests that were made of each host. */
  readonly asked: string[] = [];

  /** Opens a registry that is reached at http://<name>. */
  async open(name: string, options: TestOptions = {}): Promise<TestRegistry> {
    const federation = { ...options.federation, dial: this.#dialFrom(name) };
    const registry = await openTest({ ...options, federation });
    this.#hosts.set(name, registry);
    return registry;
  }

  /** Opens a registry that follows whom it knows. */
  async start(name: string, options: TestOptions = {}): Promise<TestRegistry> {
    const registry = await this.open(name, options);
    registry.follow([`http://${name}`]);
    return registry;
  }

  /** Cuts a host off: what is under way breaks, and nobody reaches it, nor it anyone. */
  cut(name: string): void {
    this.#cut.add(name);
    for (const controller of this.#open.get(name) ?? []) controller.abort();
    this.#open.delete(name);
  }

  heal(name: string): void {
    this.#cut.delete(name);
  }

  /** Puts another registry, or whatever answers, or none, in the place of a host. */
  replace(name: string, registry: Host | null): void {
    if (registry === null) this.#hosts.delete(name);
    else this.#hosts.set(name, registry);
  }

  #dialFrom(from: string): Dial {
    return (url) => {
      const to = new URL(url).hostname;
      const refused = () => new TypeError(`${to} can't be reached`);
      const transport = inProcessTransport((request) => {
        const host = this.#hosts.get(to);
        this.asked.push(`${from} → ${to} ${new URL(request.url).pathname}`);
        if (host === undefined || this.#cut.has(to) || this.#cut.has(from)) throw refused();
        return this.#carry(host, request, [from, to]);
      });
      const closed = new AbortController();
      const fetchOpen: typeof transport.fetch = async (request) => {
        if (closed.signal.aborted) throw new TypeError("Bad resource ID");
        const signal = AbortSignal.any([closed.signal, request.signal]);
        return await transport.fetch(new Request(request, { signal }));
      };
      const close = () => closed.abort();
      const probe = () => this.#cut.has(to) ? Promise.reject(refused()) : Promise.resolve();
      return Promise.resolve({
        ...transport,
        fetch: fetchOpen,
        close,
        base_url: `http://${to}`,
        endpoint: to,
        probe,
      });
    };
  }

  /** A request and its answer, both of which break when an end is cut. */
  async #carry(host: Host, request: Request, ends: string[]): Promise<Response> {
    const controller = new AbortController();
    for (const end of ends) {
      const open = this.#open.get(end) ?? new Set();
      this.#open.set(end, open.add(controller));
    }
    const { pathname, search } = new URL(request.url);
    const response = await host.fetch(pathname + search, request);
    if (response.body === null) return response;
    const body = response.body.pipeThrough(new TransformStream(), {
      signal: AbortSignal.any([controller.signal, request.signal]),
    });
    return new Response(body, response);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const registry of new Set(this.#hosts.values())) await registry[Symbol.asyncDispose]();
  }
}

/** Connects one registry to another by its name, as its operator does. */
export async function connect(from: TestRegistry, name: string): Promise<Link> {
  return await from.services.federation.connect({ target: `http://${name}`, alias: name });
}

/** Resolves once the condition holds; looks again at every turn of the loop. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end_ms = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > end_ms) throw new Error(`it never came about that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Whether a registry's replica of another is durable up to its head, and of the same state. */
export function isUpToDate(from: TestRegistry, home: TestRegistry): boolean {
  const replica = from.services.federation.link(home.node.id)?.holder.replica;
  const { sequencer } = home.services;
  return replica?.head?.hash === sequencer.feed.head.hash &&
    stateHash(replica.state) === stateHash(sequencer.state);
}

export function newIdentity(): Identity {
  return identityOf(newSecret());
}

export { ManualClock };
