import { join } from "node:path";
import { HorizonError } from "./errors.ts";

/** The environment variables of a process, as `Deno.env` gives them. */
export interface Env {
  get(name: string): string | undefined;
}

/** Where this person's files lie. */
export interface Folders {
  /** Key file and config file. */
  config: string;
  /** The data folder of the embedded registry, or of `serve`. */
  data: string;
  /** The operation log. */
  state: string;
}

/** The name of our folder inside each of the XDG base folders. */
const APP = "horizon";
/** Only the owner may enter. */
const FOLDER_MODE = 0o700;

/**
 * The folders by the XDG base directory specification, or all below `HORIZON_HOME` where that is
 * set. Relative XDG paths are ignored, as the specification asks. Makes nothing.
 */
export function foldersOf(env: Env): Folders {
  const own = env.get("HORIZON_HOME");
  if (own !== undefined && own !== "") {
    return { config: join(own, "config"), data: join(own, "data"), state: join(own, "state") };
  }
  const xdg = (variable: string, fallback: string) => {
    const base = env.get(variable);
    return base?.startsWith("/") ? join(base, APP) : join(homeOf(env), fallback, APP);
  };
  return {
    config: xdg("XDG_CONFIG_HOME", ".config"),
    data: xdg("XDG_DATA_HOME", ".local/share"),
    state: xdg("XDG_STATE_HOME", ".local/state"),
  };
}

/** Makes a folder that only its owner may enter; one that is there keeps its mode. */
export async function makePrivateFolder(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true, mode: FOLDER_MODE });
}

function homeOf(env: Env): string {
  const home = env.get("HOME") ?? env.get("USERPROFILE");
  if (home !== undefined && home !== "") return home;
  throw new HorizonError("invalid_input", "There is no home folder: HOME is not set.", {
    fix: "Set HORIZON_HOME to a folder for Horizon's files.",
  });
}
