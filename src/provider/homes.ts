import { encodeBase64Url } from "@std/encoding/base64url";
import { dirname, join } from "node:path";
import * as z from "zod";
import { writeFileAtomically } from "../base/atomic_file.ts";
import { HorizonError, messageOf } from "../base/errors.ts";
import type { Identity } from "../base/identity.ts";
import { canonicalBytes } from "../base/json.ts";
import { makePrivateFolder } from "../base/paths.ts";
import { checkSignature } from "../base/signatures.ts";
import { GpuView } from "../protocol/gpu.ts";
import { LIMITS } from "../protocol/limits.ts";
import { ActorId, GpuId, GpuType, HomeEpoch, SignatureText } from "../protocol/text.ts";
import { validate } from "../protocol/validate.ts";

const HOMES_FILE = "homes.json";

/** Where a GPU of the owner's is at home, and as what it is listed there. */
export const Home = z.strictObject({
  gpu_id: GpuId,
  /** Node id of the registry. */
  home: ActorId,
  home_epoch: HomeEpoch,
  /** The home before; null at the first one. */
  from: ActorId.nullable(),
  gpu_type: GpuType,
  vram_gb: GpuView.shape.vram_gb,
  price_micros_per_hour: GpuView.shape.price_micros_per_hour,
});
export type Home = z.infer<typeof Home>;

/** The signature is over the RFC 8785 bytes of the rest, so that no part can be put into another file. */
const HomesFile = z.strictObject({
  version: z.literal("horizon/homes/1"),
  owner: ActorId,
  homes: z.array(Home).max(LIMITS.homes),
  sig: SignatureText,
});

/**
 * The owner's own record of the homes of the GPUs, signed with the owner's key: a registry that was cut
 * off can't know that a GPU has moved away, its provider does. Every call reads the file, since another
 * command may have written it; all of them throw `homes_corrupt` where it can't be trusted.
 */
export class Homes {
  readonly path: string;
  readonly #owner: Identity;

  /** The record in a data folder. */
  constructor(folder: string, owner: Identity) {
    this.path = join(folder, HOMES_FILE);
    this.#owner = owner;
  }

  /** The home of a GPU; null for one that this owner has never listed from here. */
  async get(gpu_id: string): Promise<Home | null> {
    return (await this.#read()).get(gpu_id) ?? null;
  }

  /**
   * Why a registry's assignment on a GPU is not to be taken; null if it may be. A GPU without a record is
   * nobody's to run.
   */
  async refusal(
    node_id: string,
    { gpu_id, home_epoch }: { gpu_id: string; home_epoch: number },
  ): Promise<string | null> {
    const known = await this.get(gpu_id);
    if (known === null) return `${gpu_id} has no home in ${this.path}`;
    if (known.home !== node_id) return `the home of ${gpu_id} is ${known.home} now, not ${node_id}`;
    if (home_epoch >= known.home_epoch) return null;
    return `${gpu_id} is at its home ${known.home_epoch}, the registry says ${home_epoch}`;
  }

  /** Notes a home. Throws `home_epoch_stale` for another one than the last that doesn't come after it. */
  async raise(next: Home): Promise<void> {
    await this.#change((homes) => {
      const known = homes.get(next.gpu_id);
      const isSame = known?.home === next.home && known.home_epoch <= next.home_epoch;
      if (known !== undefined && !isSame && known.home_epoch >= next.home_epoch) {
        throw elsewhere(known);
      }
      // Listing it again at the same home is no move.
      const from = isSame && next.from === null ? known.from : next.from;
      homes.set(next.gpu_id, { ...next, from });
    });
  }

  /** Notes the home of a GPU that has no record yet, as its registry shows it. */
  async adopt(view: GpuView): Promise<void> {
    if (await this.get(view.gpu_id) === null) await this.raise(homeOf(view, null));
  }

  /** Throws `home_epoch_stale` unless a GPU may be registered there for the first time. */
  async checkFirst(gpu_id: string, node_id: string): Promise<void> {
    const known = await this.get(gpu_id);
    if (known !== null && known.home !== node_id) throw elsewhere(known);
  }

  /** Forgets a GPU that a registry has taken off its market, if that was its home. */
  async forget(gpu_id: string, node_id: string): Promise<void> {
    if ((await this.get(gpu_id))?.home !== node_id) return;
    await this.#change((homes) => {
      if (homes.get(gpu_id)?.home === node_id) homes.delete(gpu_id);
    });
  }

  async #read(): Promise<Map<string, Home>> {
    const text = await Deno.readTextFile(this.path).catch((cause) => {
      if (cause instanceof Deno.errors.NotFound) return null;
      throw this.#corrupt(messageOf(cause), cause);
    });
    if (text === null) return new Map();
    const { sig, ...signed } = this.#parse(text);
    const isOwn = signed.owner === this.#owner.id;
    const bytes = canonicalBytes(signed);
    if (!isOwn || await checkSignature({ actor: signed.owner, sig, bytes }) !== "valid") {
      throw this.#corrupt("it is not signed with your key");
    }
    return new Map(signed.homes.map((home) => [home.gpu_id, home]));
  }

  #parse(text: string): z.infer<typeof HomesFile> {
    try {
      return validate(HomesFile, JSON.parse(text), "It", "homes_corrupt");
    } catch (cause) {
      throw this.#corrupt(messageOf(cause), cause);
    }
  }

  /** Reads, changes and writes the file while no other process does. */
  async #change(change: (homes: Map<string, Home>) => void): Promise<void> {
    await makePrivateFolder(dirname(this.path));
    using lock = await Deno.open(`${this.path}.lock`, { create: true, write: true, mode: 0o600 });
    await lock.lock(true);
    const homes = await this.#read();
    change(homes);
    if (homes.size > LIMITS.homes) {
      throw new HorizonError("limit_reached", `${this.path} names ${LIMITS.homes} GPUs already.`);
    }
    const signed = {
      version: "horizon/homes/1",
      owner: this.#owner.id,
      homes: [...homes.values()],
    };
    const sig = encodeBase64Url(await this.#owner.signAsync(canonicalBytes(signed)));
    await writeFileAtomically(this.path, JSON.stringify({ ...signed, sig }, null, 2) + "\n");
  }

  #corrupt(why: string, cause?: unknown): HorizonError {
    const message = `The record of your GPUs' homes can't be trusted, ${this.path}: ${why}.`;
    return new HorizonError("homes_corrupt", message, {
      cause,
      fix: "Restore it from a copy, or, if none of your GPUs has moved since, remove it.",
    });
  }
}

/** A GPU's home as a registry shows it. */
export function homeOf(view: GpuView, from: string | null): Home {
  const { gpu_id, home, home_epoch, gpu_type, vram_gb, price_micros_per_hour } = view;
  return { gpu_id, home, home_epoch, from, gpu_type, vram_gb, price_micros_per_hour };
}

function elsewhere({ gpu_id, home, home_epoch }: Home): HorizonError {
  return new HorizonError("home_epoch_stale", `The home of ${gpu_id} is the registry ${home}.`, {
    fix: `Move it: horizon gpu move ${gpu_id} --to <url>; or take it off there first.`,
    details: { home, home_epoch },
  });
}
