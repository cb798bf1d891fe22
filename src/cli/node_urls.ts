import * as z from "zod";
import { LIMITS } from "../protocol/limits.ts";
import { NodeUrl } from "../protocol/network.ts";
import { validate } from "../protocol/validate.ts";

/** The addresses that `--url` names. Throws `invalid_input`. */
export function readUrls(text: string): string[] {
  const urls = text.split(",").map((url) => url.trim().replace(/\/+$/, ""));
  return validate(z.array(NodeUrl).min(1).max(LIMITS.node_urls), urls, "--url");
}

/**
 * Where others may reach a registry that says nothing of it: where it listens, unless that is every
 * address, or this machine's own and peers there aren't meant.
 */
export function ownUrls(url: string, private_peers: boolean): string[] {
  const { hostname } = new URL(url);
  if (hostname === "0.0.0.0" || hostname === "[::]") return [];
  const isLoopback = /^127\.|^localhost$|^\[::1\]$/.test(hostname);
  return isLoopback && !private_peers ? [] : [url];
}
