import { bringOnline, listGpu } from "./listing.ts";
import { Person } from "./person.ts";
import { serve, type Served } from "./served.ts";

/** How long a test waits for what must come. */
const PATIENCE_MS = 30_000;

/** A served registry with its operator. */
export interface Town extends AsyncDisposable {
  operator: Person;
  served: Served;
}

/** Opens a registry on loopback that reaches others there. */
export async function openTown(...flags: string[]): Promise<Town> {
  const operator = new Person();
  await operator.json("init");
  const served = await serve(operator, "--private-peers", ...flags);
  return {
    operator,
    served,
    async [Symbol.asyncDispose]() {
      await served.stop();
      await operator[Symbol.asyncDispose]();
    },
  };
}

/** Someone with a key whose configuration names a registry. */
export async function citizen({ served }: Town): Promise<Person> {
  const person = new Person();
  await person.json("init");
  await person.json("config", "--set", "registry", served.url);
  return person;
}

/** Lists a GPU and shows a sign of life of it. */
export async function offer(town: Town, owner: Person, gpu_id: string): Promise<void> {
  await listGpu(owner, { gpu_id, price: "0.30" }, town.served.folder);
  await bringOnline(owner, gpu_id, town.served.url);
}

/** The document of a command once it is as wanted; the command is run again and again until then. */
export async function until(
  person: Person,
  words: string[],
  wanted: (document: Record<string, unknown>) => boolean,
): Promise<Record<string, unknown>> {
  const end_ms = performance.now() + PATIENCE_MS;
  while (true) {
    const document = await person.json(...words);
    if (wanted(document)) return document;
    if (performance.now() > end_ms) {
      throw new Error(`horizon ${words.join(" ")} never came to it: ${JSON.stringify(document)}`);
    }
  }
}

/** A field of what a document holds, step by step. */
export function at(document: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined,
    document,
  );
}
