import * as z from "zod";
import type { Clock } from "../base/clock.ts";
import { HorizonError } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import type { GpuView } from "../protocol/gpu.ts";
import { ActorId, HomeEpoch } from "../protocol/text.ts";
import { validate } from "../protocol/validate.ts";
import { type Home, homeOf, type Homes } from "./homes.ts";
import type { OnStep } from "./prove.ts";
import { checkFree, proveAgain, registeredGpu, registerGpu } from "./register.ts";

/** A move that an owner asks for. */
export interface MoveRequest {
  gpu_id: string;
  /** The registry that it leaves; null where that is gone for good. */
  old: Client | null;
  next: Client;
  homes: Homes;
  /** What it is listed as at the new home; as at the old one unless given. */
  gpu_type?: string;
  price_micros_per_hour?: number;
  benchmark_ms?: number;
}

/** What is left to do of a move, and the home that it ends at. */
export interface MovePlan {
  /** The first of the steps that are left; each is followed by those after it. */
  step: "leave" | "arrive" | "prove" | "done";
  /** The new home. */
  home: Home;
  from: string;
  /** The event by which it has left; null before it does, or where the old home is gone. */
  left_seq: number | null;
}

/** What an old home says of a GPU that left it. */
const Departed = z.looseObject({ to: ActorId, home_epoch: HomeEpoch, seq: z.int().min(1) });

/**
 * Where a move stands, so that one that was broken off goes on. Changes nothing. Throws `gpu_not_found`,
 * `forbidden`, `gpu_exists` (the id is taken at the new home), `home_unknown` (that doesn't follow the old one),
 * `gpu_moved` (it left for another one) or `home_epoch_stale` (it is at home elsewhere, by the owner's record).
 */
export async function planMove(request: MoveRequest): Promise<MovePlan> {
  const { gpu_id, old, next } = request;
  if (old?.node_id === next.node_id) {
    throw new HorizonError("invalid_input", "That is the registry that it would leave.", {
      fix: "Name another one with --to, or the old one with --registry.",
    });
  }
  const there = await registeredGpu(next, gpu_id);
  if (there !== null && there.owner !== next.actor) {
    throw new HorizonError("gpu_exists", `At the new home the GPU id ${gpu_id} is taken.`, {
      fix: "Take it off here and register it there by another id.",
    });
  }
  const plan = old === null ? await planAbandoning(request) : await planLeaving(request, old);
  if (there !== null && isArrived(there, plan)) {
    return { ...plan, step: there.verdict === null ? "prove" : "done" };
  }
  await checkFree(next, gpu_id);
  if (plan.step === "leave" && old !== null) await checkFollows(next, old);
  return plan;
}

/**
 * The new home believes a departure that it reads in the old one's feed: where it doesn't follow that,
 * the GPU would have left and could not arrive. Throws `home_unknown`. A new home that shows its peers
 * to nobody decides for itself.
 */
async function checkFollows(next: Client, old: Client): Promise<void> {
  const { peers } = await next.network.peers().catch((thrown) => {
    if (thrown instanceof HorizonError && thrown.code === "peers_only") return { peers: null };
    throw thrown;
  });
  const follows = peers === null ||
    peers.some(({ node_id, trust, head }) =>
      node_id === old.node_id && trust === "checked" && head !== null
    );
  if (follows) return;
  const { self } = await old.network.peers();
  const target = self.urls[0] ?? old.node_id;
  throw new HorizonError(
    "home_unknown",
    `The new home doesn't follow ${old.node_id}, so the GPU could not arrive there.`,
    { fix: `Have the new home's operator run: horizon network connect ${target}` },
  );
}

/** Does what is left of a move. Throws what the registries refuse, or a `gpu_…` code of this machine's. */
export async function carryOutMove(
  request: MoveRequest,
  plan: MovePlan,
  clock: Clock,
  onStep: OnStep,
): Promise<GpuView> {
  const { old, next, homes, benchmark_ms } = request;
  const { home, from } = plan;
  const { gpu_id, home_epoch } = home;
  let { left_seq } = plan;
  if (plan.step === "leave" && old !== null) {
    onStep(`leaving ${from}`);
    left_seq = (await old.submit("gpu.leave", { gpu_id, to: home.home, home_epoch })).seq;
  }
  await homes.raise(home);
  if (plan.step === "prove") await proveAgain(next, gpu_id, onStep);
  if (plan.step === "leave" || plan.step === "arrive") {
    const { gpu_type, vram_gb, price_micros_per_hour } = home;
    const listing = {
      gpu_id,
      gpu_type,
      price_micros_per_hour,
      ...(vram_gb === 0 ? {} : { vram_gb }),
      ...(benchmark_ms === undefined ? {} : { benchmark_ms }),
    };
    const moved = { from, home_epoch, left_seq };
    await registerGpu(next, { ...listing, moved }, clock, onStep);
  }
  const view = await next.gpu(gpu_id);
  await homes.raise(homeOf({ ...view, home: next.node_id }, from));
  return view;
}

/** Its old home is there, and either still has the GPU or says where it went. */
async function planLeaving(request: MoveRequest, old: Client): Promise<MovePlan> {
  const { gpu_id, next, homes } = request;
  const found = await hereOrGone(old, gpu_id);
  if ("departed" in found) {
    const { to, home_epoch, seq } = found.departed;
    if (to !== next.node_id) {
      throw new HorizonError("gpu_moved", `${gpu_id} has left for ${to} already.`, {
        fix: "Finish that move, or move it from there.",
        details: { to, home_epoch },
      });
    }
    const home = nextHome(request, await homes.get(gpu_id), old.node_id, home_epoch);
    return { step: "arrive", home, from: old.node_id, left_seq: seq };
  }
  const { view } = found;
  if (view.owner !== old.actor) throw new HorizonError("forbidden", `${gpu_id} is not yours.`);
  await homes.checkFirst(gpu_id, old.node_id);
  const shown = homeOf({ ...view, home: old.node_id }, null);
  const home = nextHome(request, shown, old.node_id, view.home_epoch + 1);
  return { step: "leave", home, from: old.node_id, left_seq: null };
}

/** Its old home is gone: only the owner's record says what it was. */
async function planAbandoning(request: MoveRequest): Promise<MovePlan> {
  const { gpu_id, next, homes } = request;
  const known = await homes.get(gpu_id);
  const hasBegun = known?.home === next.node_id;
  const from = hasBegun ? known?.from : known?.home;
  if (known === null || from === null || from === undefined) {
    throw new HorizonError("gpu_not_found", `No home that ${gpu_id} could leave is on record.`, {
      fix: "Register it as a new one: horizon register-gpu",
    });
  }
  const home_epoch = hasBegun ? known.home_epoch : known.home_epoch + 1;
  const home = nextHome(request, known, from, home_epoch);
  return { step: "arrive", home, from, left_seq: null };
}

function nextHome(
  { gpu_id, next, gpu_type, price_micros_per_hour }: MoveRequest,
  listed: Home | null,
  from: string,
  home_epoch: number,
): Home {
  const type = gpu_type ?? listed?.gpu_type;
  const price = price_micros_per_hour ?? listed?.price_micros_per_hour;
  if (type === undefined || price === undefined) {
    throw new HorizonError("invalid_input", `What ${gpu_id} was listed as is not on record.`, {
      fix: "Say it: --gpu-type <type> --price <price>",
    });
  }
  const vram_gb = gpu_type === undefined ? listed?.vram_gb ?? 0 : 0;
  const what = { gpu_type: type, vram_gb, price_micros_per_hour: price };
  return { gpu_id, home: next.node_id, home_epoch, from, ...what };
}

/** Whether the new home has it from this move; a wait that the old home's word would end is not over. */
function isArrived(there: GpuView, { home, left_seq }: MovePlan): boolean {
  if (there.home_epoch !== home.home_epoch) return there.home_epoch > home.home_epoch;
  return there.status !== "moving" || left_seq === null;
}

async function hereOrGone(
  old: Client,
  gpu_id: string,
): Promise<{ view: GpuView } | { departed: z.infer<typeof Departed> }> {
  try {
    return { view: await old.gpu(gpu_id) };
  } catch (thrown) {
    if (!(thrown instanceof HorizonError) || thrown.code !== "gpu_moved") throw thrown;
    const what = "What the old home says of the move";
    return { departed: validate(Departed, thrown.details, what, "bad_gateway") };
  }
}
