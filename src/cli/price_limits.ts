import type { Config } from "../base/config.ts";
import { HorizonError } from "../base/errors.ts";
import { formatDollars } from "../base/money.ts";
import { readPrice } from "./values.ts";

/** Throws `price_limit` for an ask below the configured `min_price`. */
export function checkMinPrice(price_micros_per_hour: number, config: Config): void {
  if (config.min_price === null) return;
  const least = readPrice(config.min_price, "min_price");
  if (price_micros_per_hour >= least) return;
  const asked = formatDollars(price_micros_per_hour);
  throw new HorizonError(
    "price_limit",
    `${asked} an hour is below your min_price of ${formatDollars(least)}.`,
    { fix: "Lower it with: horizon config --set min_price <price>" },
  );
}

/** Throws `price_limit` for a price to pay above the configured `max_price`. */
export function checkMaxPrice(price_micros_per_hour: number, config: Config): void {
  if (config.max_price === null) return;
  const most = readPrice(config.max_price, "max_price");
  if (price_micros_per_hour <= most) return;
  const offered = formatDollars(price_micros_per_hour);
  throw new HorizonError(
    "price_limit",
    `${offered} an hour is above your max_price of ${formatDollars(most)}.`,
    { fix: "Raise it with: horizon config --set max_price <price>" },
  );
}
