import { HorizonError } from "../base/errors.ts";

/** What is tried of each part of a choice, beginning with the first of each. */
export type Choices<C extends object> = { readonly [Part in keyof C]: readonly C[Part][] };

/** How a choice is found. */
export interface Search<C extends object> {
  choices: Choices<C>;
  /** Units a second of a choice. What a driver refuses (`gpu_…`) is passed over. */
  rate(choice: C): Promise<number>;
  /** False once no more may be tried; the first choice always is. */
  isTimeLeft(): boolean;
}

/**
 * The fastest choice found by changing one part at a time, each from the best so far: as many trials as
 * there are alternatives, not as many as there are combinations. Throws what the first choice throws,
 * and `device_lost`.
 */
export async function tune<C extends object>(search: Search<C>): Promise<C> {
  const { choices, rate, isTimeLeft } = search;
  let best = firstOf(choices);
  let best_rate = await rate(best);
  for (const part of partsOf(choices)) {
    for (const value of choices[part].slice(1)) {
      if (!isTimeLeft()) return best;
      const tried = { ...best, [part]: value };
      const tried_rate = await rateOrNothing(search, tried);
      if (tried_rate <= best_rate) continue;
      best = tried;
      best_rate = tried_rate;
    }
  }
  return best;
}

async function rateOrNothing<C extends object>({ rate }: Search<C>, choice: C): Promise<number> {
  try {
    return await rate(choice);
  } catch (thrown) {
    const isRefused = thrown instanceof HorizonError && /^gpu_/.test(thrown.code);
    if (isRefused) return 0;
    throw thrown;
  }
}

/** The choice that a search begins with. */
export function firstOf<C extends object>(choices: Choices<C>): C {
  const first: Partial<C> = {};
  for (const part of partsOf(choices)) first[part] = choices[part][0];
  // Every part has been given its value.
  return first as C;
}

function partsOf<C extends object>(choices: Choices<C>): (keyof C)[] {
  // The table has exactly the parts of C as its keys.
  return Object.keys(choices) as (keyof C)[];
}
