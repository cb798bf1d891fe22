import * as z from "zod";
import { GpuQuery } from "../../protocol/api.ts";
import { VERDICTS } from "../../protocol/gpu.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { ActorId } from "../../protocol/text.ts";
import { validate } from "../../protocol/validate.ts";

/** A form sends its empty fields too: they ask for nothing. */
const blank = <T extends z.ZodType>(schema: T) =>
  z.union([z.literal("").transform(() => undefined), schema]).optional();

/** The query of the page of GPUs: what its form and its links hold. */
const PageQuery = z.strictObject({
  type: blank(z.string().max(LIMITS.gpu_type_chars)),
  /** At least so much memory. */
  vram_gb: blank(z.string().regex(/^\d{1,4}$/, "a whole number of GB")),
  /** At most so many dollars an hour. */
  price: blank(z.string().regex(/^\d{1,6}(\.\d{1,6})?$/, "dollars, such as 0.30")),
  verdict: blank(z.enum(VERDICTS)),
  where: blank(z.string().max(LIMITS.filter_chars)),
  home: blank(ActorId),
  free: blank(z.literal("on")),
  sort: blank(z.string().max(64)),
  cursor: blank(z.string().max(256)),
});

/** The fields of the form. */
export type PageField = keyof z.infer<typeof PageQuery>;

/** The listing that a query of the page asks for. Throws `invalid_input`, `invalid_filter`. */
export function gpuQueryOf(given: Readonly<Record<string, string>>): GpuQuery {
  const { vram_gb, price, where, free, ...same } = validate(PageQuery, given, "The query");
  const filters = [
    vram_gb === undefined ? "" : `vram_gb>=${vram_gb}`,
    price === undefined ? "" : `price<=${price}`,
    where ?? "",
  ];
  const query: Record<string, string> = { all: String(free === undefined) };
  for (const [name, value] of Object.entries(same)) if (value !== undefined) query[name] = value;
  const filter = filters.filter((text) => text !== "").join(" ");
  if (filter !== "") query.where = filter;
  return validate(GpuQuery, query, "The query");
}

/** The same page with some of its parameters changed; those that are null or blank are left out. */
export function hrefWith(
  given: Readonly<Record<string, string>>,
  changes: Readonly<Partial<Record<PageField, string | null>>>,
): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...given, cursor: null, ...changes })) {
    if (value !== null && value !== "") params.set(name, value);
  }
  const text = params.toString();
  return text === "" ? "/" : `/?${text}`;
}
