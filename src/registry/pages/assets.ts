import { sha256Hex } from "../../base/hash.ts";
import copy from "./assets/copy.js" with { type: "text" };
import icon from "./assets/icon.svg" with { type: "text" };
import live from "./assets/live.js" with { type: "text" };
import style from "./assets/style.css" with { type: "text" };
import times from "./assets/times.js" with { type: "text" };

/** A file of the page: its address changes with its content, so that a browser may keep it. */
interface Asset {
  href: string;
  type: string;
  text: string;
}

const HASH_CHARS = 12;

/** All files that pages load; everything else of them is in the page itself. */
export const ASSETS = {
  "style.css": asset("style.css", "text/css; charset=utf-8", style),
  "live.js": asset("live.js", "text/javascript; charset=utf-8", live),
  "times.js": asset("times.js", "text/javascript; charset=utf-8", times),
  "copy.js": asset("copy.js", "text/javascript; charset=utf-8", copy),
  "icon.svg": asset("icon.svg", "image/svg+xml", icon),
};

/** The file of that name, if there is one. */
export function assetNamed(name: string): Asset | undefined {
  return Object.hasOwn(ASSETS, name) ? ASSETS[name as keyof typeof ASSETS] : undefined;
}

function asset(name: string, type: string, text: string): Asset {
  return { href: `/assets/${name}?v=${sha256Hex(text).slice(0, HASH_CHARS)}`, type, text };
}
