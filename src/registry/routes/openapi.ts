import { sha256Hex } from "../../base/hash.ts";
import type { App } from "../services.ts";

/** The document of this interface. It is built when someone asks for the first time. */
export function openApiRoutes(app: App): void {
  let built: Promise<{ text: string; etag: string }> | null = null;

  app.get("/openapi.json", async (c) => {
    built ??= build();
    const { text, etag } = await built;
    const headers = { "content-type": "application/json", "cache-control": "no-cache", etag };
    if (c.req.header("if-none-match") === etag) return new Response(null, { status: 304, headers });
    return new Response(text, { headers });
  });
}

async function build(): Promise<{ text: string; etag: string }> {
  const { openApiDocument } = await import("../openapi/document.ts");
  const text = JSON.stringify(openApiDocument());
  return { text, etag: `"${sha256Hex(text)}"` };
}
