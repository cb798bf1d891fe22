import { parseDocument, type Running } from "./binary.ts";

/** Where one registry and those who use it live. */
export interface Place {
  /** Start of a command line that runs there. */
  inside: string[];
  /** Flags of `serve` there. */
  listening: string[];
  /** Nobody elsewhere reaches it any more, nor it them. */
  cut(server: Running): Promise<void>;
  heal(server: Running): Promise<void>;
}

/** Places that reach each other. */
export interface Places extends AsyncDisposable {
  places: Place[];
}

/** All on this machine's loopback; who is cut off is stopped. */
export function loopbackPlaces(count: number): Places {
  const place: Place = {
    inside: [],
    listening: ["--port", "0"],
    cut: (server) => Promise.resolve(server.signal("SIGSTOP")),
    heal: (server) => Promise.resolve(server.signal("SIGCONT")),
  };
  return {
    places: Array.from({ length: count }, () => place),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Why this machine makes no network namespaces; null if it does. */
export async function namespaceRefusal(): Promise<string | null> {
  try {
    await using _places = await namespacePlaces(1);
    return null;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

/** A network namespace each, all on one bridge; who is cut off has no link to it. */
export async function namespacePlaces(count: number): Promise<Places> {
  const mark = crypto.randomUUID().slice(0, 6);
  const subnet = `10.213.${crypto.getRandomValues(new Uint8Array(1))[0]}`;
  const bridge = `hzb${mark}`;
  await using undo = new AsyncDisposableStack();
  await ip("link", "add", bridge, "type", "bridge");
  undo.defer(() => ip("link", "del", bridge));
  await ip("link", "set", bridge, "up");
  const places: Place[] = [];
  for (let i = 1; i <= count; i++) {
    const [name, link, address] = [`hz${mark}-${i}`, `hzv${mark}${i}`, `${subnet}.${i}`];
    await ip("netns", "add", name);
    undo.defer(() => ip("netns", "del", name));
    await ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name);
    await ip("link", "set", link, "master", bridge, "up");
    await ip("-n", name, "addr", "add", `${address}/24`, "dev", "eth0");
    for (const device of ["lo", "eth0"]) await ip("-n", name, "link", "set", device, "up");
    places.push({
      inside: [IP, "netns", "exec", name],
      listening: ["--host", address, "--port", "8420"],
      cut: () => ip("link", "set", link, "down"),
      heal: () => ip("link", "set", link, "up"),
    });
  }
  const cleanup = undo.move();
  return { places, [Symbol.asyncDispose]: () => cleanup.disposeAsync() };
}

const IP = "/usr/sbin/ip";

async function ip(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(IP, { args, stdin: "null" }).output();
  if (success) return;
  throw new Error(`ip ${args.join(" ")}: ${new TextDecoder().decode(stderr).trim()}`);
}

/** The first line of a server's that says where it listens. */
export async function listening(server: Running): Promise<{ url: string; node_id: string }> {
  const { url, node_id } = parseDocument((await server.line(/^\{.*"url".*$/))[0]);
  return { url: String(url), node_id: String(node_id) };
}
