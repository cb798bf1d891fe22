import { writeFileAtomically } from "../../base/atomic_file.ts";
import { readEntries } from "../../base/config.ts";
import { HorizonError } from "../../base/errors.ts";
import { type LogEntry, tailLog } from "../../base/log.ts";
import { VERSION } from "../../base/version.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { SelfTestReport } from "../../protocol/self_test.ts";
import type { Context } from "../context.ts";
import { checkNewFile } from "../new_file.ts";
import { knownOf } from "./known_secrets.ts";
import { type Known, Redactor } from "./redact.ts";

const FORMAT = "horizon/self-test/1";
/** Variables that change what Horizon does; the bundle says which are set, never to what. */
const VARIABLES = [
  "DENO_TLS_CA_STORE",
  "DENO_WEBGPU_BACKEND",
  "HORIZON_HOME",
  "HTTPS_PROXY",
  "HTTP_PROXY",
  "NO_PROXY",
  "VK_DRIVER_FILES",
  "VK_ICD_FILENAMES",
  "XDG_CONFIG_HOME",
  "XDG_DATA_HOME",
  "XDG_STATE_HOME",
];

/** Throws `already_exists` where a bundle's path is taken, `not_found` where its folder isn't there. */
export async function checkBundlePath(path: string): Promise<void> {
  await checkNewFile(path, taken);
}

/**
 * Writes a report with what a bug report needs besides, redacted, to a new file of mode 0600: JSON
 * {format, at, report, versions, platform, environment, config, log}. Throws `already_exists`, and
 * `internal` if a known secret were in it.
 */
export async function writeBundle(
  ctx: Context,
  path: string,
  report: SelfTestReport,
): Promise<void> {
  const known = await knownOf(ctx);
  const redactor = new Redactor(known);
  const bundle = {
    format: FORMAT,
    at: new Date(ctx.io.clock.now()).toISOString(),
    report: redactor.value(report),
    versions: { horizon: VERSION, ...Deno.version, standalone: Deno.build.standalone },
    platform: platform(),
    environment: VARIABLES.filter((name) => (ctx.io.env.get(name) ?? "") !== ""),
    config: redactor.value(await orReason(() => readEntries(ctx.folders.config))),
    log: redactor.value(await orReason(() => logEntries(ctx.folders.state))),
  };
  const text = JSON.stringify(bundle, null, 2) + "\n";
  refuseSecrets(text, known);
  await writeFileAtomically(path, text, { fresh: true }).catch((thrown) => {
    throw thrown instanceof Deno.errors.AlreadyExists ? taken(path) : thrown;
  });
}

/** The newest entries of the operation log that fit, oldest first. */
async function logEntries(state_folder: string): Promise<LogEntry[]> {
  const entries = await tailLog(state_folder, LIMITS.bundle_log_entries);
  let chars = 0;
  const first = entries.findLastIndex((entry) => {
    chars += JSON.stringify(entry).length;
    return chars > LIMITS.bundle_log_chars;
  });
  return entries.slice(first + 1);
}

/** What a file says; the code of why it can't be read in its place. */
async function orReason<T>(read: () => Promise<T>): Promise<T | { error: string }> {
  try {
    return await read();
  } catch (thrown) {
    return { error: thrown instanceof HorizonError ? thrown.code : "file_error" };
  }
}

function platform(): Record<string, unknown> {
  const { os, arch, target } = Deno.build;
  const { total, available } = Deno.systemMemoryInfo();
  return {
    os,
    release: Deno.osRelease(),
    arch,
    target,
    cores: navigator.hardwareConcurrency,
    memory_bytes: total,
    memory_available_bytes: available,
  };
}

/** The last barrier: what the redactor knew must be gone. */
function refuseSecrets(text: string, { secrets }: Known): void {
  if (!secrets.some((secret) => secret.length >= 8 && text.includes(secret))) return;
  throw new HorizonError("internal", "The bundle would hold a secret; it was not written.");
}

function taken(path: string): HorizonError {
  return new HorizonError("already_exists", `There is a file already: ${path}`, {
    fix: "Name another file, or move that one away.",
  });
}
