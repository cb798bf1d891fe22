import type { Services } from "../services.ts";

/** Where a person reaches this registry: as its operator says, else as the page was asked for. */
export async function ownUrl(request: Request, { federation }: Services): Promise<string> {
  const [said] = (await federation.record()).urls;
  return said ?? new URL(request.url).origin;
}
