import { HorizonError } from "../../base/errors.ts";
import { moduleError } from "./source.ts";

/**
 * Rejects with what the module's promise will never say: an error in a timer, a rejection that
 * nobody handles, and that nothing is left that could ever settle what it waits for.
 */
export function looseEnds(): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    reject(moduleError("run", event.reason));
  });
  addEventListener("error", (event) => {
    event.preventDefault();
    reject(moduleError("run", event.error));
  });
  addEventListener("beforeunload", (event) => {
    // The process goes on until the reason is told.
    event.preventDefault();
    reject(
      new HorizonError(
        "module_error",
        "The module waits for a promise that nothing can settle any more: " +
          "no timer, no work of the GPU is pending.",
      ),
    );
  });
  return promise;
}
