import { HorizonError } from "../../base/errors.ts";
import { nodeLabel } from "../../protocol/node_label.ts";
import { type Problem, problemOf } from "../../protocol/problem.ts";
import type { Services } from "../services.ts";
import { gpuQueryOf } from "./gpu_query.ts";
import { GpusPage, type GpusPageProps } from "./gpus_page.tsx";
import { htmlBytes, page } from "./show.ts";

/** Longest query under which a page's bytes are kept. */
const MAX_KEY_CHARS = 512;

/**
 * The page of GPUs. Its bytes are kept until a GPU changes, so nothing in it is of the moment; what it
 * calls the homes of others is in the key.
 */
export async function gpusPage(request: Request, { gpus, node, federation }: Services) {
  const { search, searchParams } = new URL(request.url);
  const homes = homesOf(federation);
  const key = `page ${search} ${[...homes]}`;
  const kept = gpus.cached(key);
  if (kept !== undefined) return page(kept);
  const given = Object.fromEntries(searchParams);
  const as_of_seq = gpus.as_of_seq;
  const listing = read(given, gpus);
  const bytes = await htmlBytes(
    <GpusPage given={given} listing={listing} node_id={node.id} homes={homes} />,
  );
  if ("status" in listing) return page(bytes, listing.status);
  if (key.length <= MAX_KEY_CHARS && gpus.as_of_seq === as_of_seq) gpus.keep(key, bytes);
  return page(bytes);
}

/** The rows that a query asks for, or what is wrong with it: the form stays, to put it right. */
function read(
  given: GpusPageProps["given"],
  gpus: Services["gpus"],
): GpusPageProps["listing"] | Problem {
  try {
    const { shown, total, next_cursor } = gpus.select(gpuQueryOf(given));
    return { gpus: shown.map(({ view }) => view), total, next_cursor };
  } catch (thrown) {
    if (thrown instanceof HorizonError) return problemOf(thrown);
    throw thrown;
  }
}

function homesOf(federation: Services["federation"]): Map<string, string> {
  const homes = new Map<string, string>();
  for (const { entry } of federation.links()) homes.set(entry.node_id, nodeLabel(entry));
  return homes;
}
