import process from "node:process";
import { Worker as NodeWorker } from "node:worker_threads";

/** Something of Deno's own that a job must not have, and how it is taken away. */
export interface Door {
  name: string;
  why: string;
  /** Throws where it can't be closed: the job must then not run. */
  close(): void;
}

/**
 * What no permission guards and no file system hides: a compiled binary hands it to every module.
 * Closed in the one realm there is, before anything of the renter's runs.
 */
export const DOORS: readonly Door[] = [
  {
    name: "Worker",
    why: "a worker is a second realm: its `navigator.gpu` knows no cap, its threads no end",
    close: () => {
      neverConstruct(Worker);
      // Libraries look whether there is one: jax then computes on its own thread.
      removeProperty(globalThis, "Worker");
    },
  },
  {
    name: "node:worker_threads",
    why: "the same by another name",
    close: () => neverConstruct(NodeWorker),
  },
  {
    name: "Deno.internal",
    why: "the runtime's own parts, which nobody checked for what they let through",
    close: () => {
      for (const key of Object.getOwnPropertySymbols(Deno)) removeProperty(Deno, key);
    },
  },
  {
    name: "execPath",
    why: "the path of the binary may hold the owner's name",
    close: () => {
      replace(Deno, "execPath", () => PROGRAM);
      replace(process, "execPath", PROGRAM);
      replace(process, "argv", [PROGRAM]);
    },
  },
];

/** What a job sees as the path of its program. */
const PROGRAM = "horizon";

/**
 * Closes every door for good, before any library loads that might go through one. Throws if one
 * stays open.
 */
export function closeDoors(): void {
  for (const door of DOORS) door.close();
}

/** A base class whose construction is refused. */
class Refused {
  constructor() {
    throw new DOMException("A job has one thread: workers are refused.", "NotSupportedError");
  }
}

/**
 * Makes a derived class throw whenever it is constructed, by whatever name it is reached: `super()`
 * looks up the class's prototype anew each time, and one that isn't extensible keeps its prototype.
 */
function neverConstruct(constructor: object): void {
  if (!Reflect.setPrototypeOf(constructor, Refused)) throw new Error("a worker can't be refused");
  Object.freeze(Refused);
  Object.preventExtensions(constructor);
}

function removeProperty(owner: object, key: string | symbol): void {
  if (!Reflect.deleteProperty(owner, key)) throw new Error(`${String(key)} can't be removed`);
}

function replace(owner: object, key: string, value: unknown): void {
  if (!Reflect.set(owner, key, value)) throw new Error(`${key} can't be replaced`);
}
