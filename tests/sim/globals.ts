import { fillRandom, replaceSubtle } from "./signing.ts";
import type { World } from "./world.ts";

/** Puts a world's time, timers and randomness in the place of the machine's; the result undoes it. */
export function replaceGlobals(world: World): () => void {
  const undo: (() => void)[] = [];
  const replace = (on: object, name: string, value: unknown) => {
    const before = Object.getOwnPropertyDescriptor(on, name);
    Object.defineProperty(on, name, { value, configurable: true, writable: true });
    undo.push(() => {
      if (before === undefined) Reflect.deleteProperty(on, name);
      else Object.defineProperty(on, name, before);
    });
  };
  const setTimeout = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
    world.after(Math.max(1, Number(ms) || 0), world.current, "timer", () => run(...args));
  replace(globalThis, "setTimeout", setTimeout);
  replace(globalThis, "clearTimeout", (n?: number) => n === undefined || world.cancel(n));
  replace(globalThis, "setInterval", () => {
    throw new Error("a world has no intervals");
  });
  replace(Date, "now", () => world.current?.now() ?? Math.floor(world.now_ms));
  replace(performance, "now", () => world.current?.monotonic() ?? world.now_ms);
  replace(Math, "random", () => world.random.below(2 ** 32) / 2 ** 32);
  replace(AbortSignal, "timeout", (ms: number) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new DOMException("timed out", "TimeoutError")), ms);
    return controller.signal;
  });
  fillRandom(world.random, replace);
  replaceSubtle(replace);
  return () => {
    for (const one of undo.reverse()) one();
  };
}
