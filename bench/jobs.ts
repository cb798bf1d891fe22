import { jailSupport } from "../src/provider/jail.ts";

/** The compiled binary, which becomes the jailed child. */
export const HORIZON = new URL("../dist/horizon", import.meta.url).pathname;

/** Why a job can't be measured in the jail here; null where it can. */
export async function whyNotJailed(): Promise<string | null> {
  const { complete, missing } = jailSupport();
  if (!complete) return `no complete jail: ${missing.join("; ")}`;
  const isCompiled = await Deno.stat(HORIZON).then(() => true, () => false);
  if (!isCompiled) return "dist/horizon is missing; run: deno task compile";
  return await navigator.gpu.requestAdapter() === null ? "no GPU adapter" : null;
}
