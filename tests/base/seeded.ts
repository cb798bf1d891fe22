import { Random } from "../random.ts";

/** A generator with a fresh seed, printed so that a failure can be run again. */
export function seeded(what: string): Random {
  const random = Random.fresh();
  console.log(`${what}: seed ${random.seed}`);
  return random;
}
