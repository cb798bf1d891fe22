import * as z from "zod";
import { HorizonError } from "../base/errors.ts";
import { LIMITS } from "../protocol/limits.ts";
import {
  type ConnectRequest,
  EvidencePage,
  PeersView,
  PeerView,
  SyncView,
} from "../protocol/network.ts";
import { validate } from "../protocol/validate.ts";
import { readJson } from "./body.ts";
import type { CallOptions, Use } from "./caller.ts";

/** Makes a request and hands its successful answer to `use`. */
type Ask = <T>(path: string, options: CallOptions, use: Use<T>) => Promise<T>;

/** The two ways to ask a registry. */
export interface Asking {
  open: Ask;
  /** With a session of the client's own key. */
  signed: Ask;
}

/** How long a registry may take to pull a whole feed and decide it again. */
const SYNC_TIMEOUT_MS = 10 * 60_000;

/**
 * What a registry knows of others, and what its operator tells it to do with them. Errors are the
 * registry's own, or those of `Client`.
 */
export class NetworkClient {
  readonly #asking: Asking;

  constructor(asking: Asking) {
    this.#asking = asking;
  }

  /** This registry's record and those of the nodes it knows. */
  async peers(): Promise<PeersView> {
    return validate(PeersView, await this.#read("/peers"), ANSWER, "bad_gateway");
  }

  /** Newest first. Nothing of it is checked. */
  async evidence(): Promise<EvidencePage> {
    return validate(EvidencePage, await this.#read("/evidence"), ANSWER, "bad_gateway");
  }

  /** Connects a node, as the operator. */
  async connectPeer(request: ConnectRequest): Promise<PeerView> {
    const options = { method: "POST", json: request } as const;
    return await this.#operate("/peers", PeerView, options);
  }

  /** Forgets a node and the copy of its feed, as the operator. */
  async disconnectPeer(node_id: string): Promise<void> {
    await this.#operate(`/peers/${node_id}`, z.object({}), { method: "DELETE" });
  }

  /** Has a node's feed pulled now, as the operator. */
  async syncPeer(node_id: string): Promise<SyncView> {
    const options = { method: "POST", timeout_ms: SYNC_TIMEOUT_MS } as const;
    return await this.#operate(`/peers/${node_id}/sync`, SyncView, options);
  }

  /** A registry that talks to its peers alone may still know who asks. */
  async #read(path: string): Promise<unknown> {
    try {
      return await this.#asking.open(path, {}, readAnswer);
    } catch (thrown) {
      if (!(thrown instanceof HorizonError) || thrown.code !== "peers_only") throw thrown;
      return await this.#asking.signed(path, {}, readAnswer);
    }
  }

  async #operate<T extends z.ZodType>(
    path: string,
    schema: T,
    options: CallOptions,
  ): Promise<z.infer<T>> {
    const value = await this.#asking.signed(path, options, readAnswer);
    return validate(schema, value, ANSWER, "bad_gateway");
  }
}

const ANSWER = "The registry's answer";

function readAnswer(response: Response): Promise<unknown> {
  return readJson(response, LIMITS.network_answer_bytes);
}
