import * as z from "zod";
import { type Clock, systemClock } from "../base/clock.ts";
import { HorizonError } from "../base/errors.ts";
import type { Identity } from "../base/identity.ts";
import {
  API_BASE,
  AuctionPage,
  BidExplained,
  BidPage,
  FeedPage,
  GpuPage,
  type IntentResult,
  JobPage,
  LeasePage,
  LogLine,
  LogPage,
  MovementPage,
  NodeInfo,
  PollAnswer,
  type PollRequest,
  PricePage,
} from "../protocol/api.ts";
import { AuctionView, BidView, type SecretOpening } from "../protocol/auction.ts";
import { NETWORK, PROTOCOL_VERSION } from "../protocol/feed.ts";
import { GpuView } from "../protocol/gpu.ts";
import type { IntentBody, IntentType } from "../protocol/intent.ts";
import { JobView } from "../protocol/job.ts";
import { LeaseView } from "../protocol/lease.ts";
import { LIMITS } from "../protocol/limits.ts";
import { Sha256Hex } from "../protocol/text.ts";
import { validate } from "../protocol/validate.ts";
import { WalletView } from "../protocol/wallet.ts";
import { BlobClient } from "./blobs.ts";
import { badAnswer, readJson } from "./body.ts";
import { call, type CallOptions, namedError, openStream, REQUEST_TIMEOUT_MS } from "./caller.ts";
import { NetworkClient } from "./network.ts";
import { ProofClient } from "./proofs.ts";
import { type SignedIntent, signIntent } from "./intents.ts";
import {
  type AuctionListing,
  type BidListing,
  type GpuListing,
  type LogQuery,
  logQuery,
  type MoneyListing,
  type PriceListing,
  type RecordListing,
} from "./queries.ts";
import { checkReceipt } from "./receipts.ts";
import { type ClientOptions, readAnswer, Requests } from "./requests.ts";
import { realWait, withRetries } from "./retries.ts";
import type { Transport } from "./transport.ts";

export type { ClientOptions };

/** An intent that was accepted. */
export type Accepted = Extract<IntentResult, { ok: true }>;
/** A line of a job's log with its number. */
export type NumberedLine = LogPage["lines"][number];
/** An event of the feed as the stream carries it; `data` is by its type (`protocol/feed.ts`). */
export type StreamedEvent = z.infer<typeof StreamedEvent>;

const StreamedEvent = z.looseObject({
  seq: z.int(),
  at: z.int(),
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
});
const Committed = z.strictObject({ commitment: Sha256Hex });
const NumberedLine = LogLine.extend({ n: z.int().min(1) });

/** Who a registry says it is: what a client must know before it signs anything. */
export async function fetchNode(
  transport: Transport,
  options: Pick<CallOptions, "signal" | "timeout_ms"> = {},
): Promise<NodeInfo> {
  const read = (response: Response) => readJson(response, LIMITS.request_bytes);
  const value = await call(transport, `${API_BASE}/node`, options, read);
  const node = validate(NodeInfo, value, "The registry's answer", "bad_gateway");
  if (node.network === NETWORK && node.protocol === PROTOCOL_VERSION) return node;
  const theirs = `${node.network}, protocol ${node.protocol}`;
  const ours = `${NETWORK}, protocol ${PROTOCOL_VERSION}`;
  throw new HorizonError("unsupported_version", `The registry speaks ${theirs}, not ${ours}.`, {
    fix: "Use the version of horizon that the registry runs.",
  });
}

/**
 * A registry, as one actor sees it: a method for each operation of `protocol/api.ts`. Every answer is
 * bounded and validated, every receipt checked. After a write, reads wait until they show it. Errors
 * are the registry's own, or `network`, `timeout`, `bad_gateway` and `interrupted`.
 */
export class Client {
  readonly #options: ClientOptions;
  readonly #clock: Clock;
  readonly #requests: Requests;
  /** The registries that it knows. */
  readonly network: NetworkClient;
  /** Proofs of its GPUs: answering challenges, and what is on record. */
  readonly proofs: ProofClient;
  /** What jobs read and write. */
  readonly blobs: BlobClient;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#requests = new Requests(options, this.#clock);
    this.network = new NetworkClient(this.#requests);
    this.proofs = new ProofClient(this.#requests);
    this.blobs = new BlobClient(this.#requests, {
      wait: options.wait ?? realWait,
      signal: options.signal,
    });
  }

  /** Id of the actor that signs. */
  get actor(): string {
    return this.#options.identity.id;
  }

  /** The registry's node id. */
  get node_id(): string {
    return this.#options.node_id;
  }

  /** The same registry for another signer: the operator, who signs as the node. */
  as(identity: Identity): Client {
    return new Client({ ...this.#options, identity });
  }

  node(): Promise<NodeInfo> {
    return this.#requests.read("/node", NodeInfo);
  }

  gpus(query: GpuListing = {}): Promise<GpuPage> {
    return this.#requests.read("/gpus", GpuPage, { ...query });
  }

  gpu(gpu_id: string): Promise<GpuView> {
    return this.#requests.read(`/gpus/${encodeURIComponent(gpu_id)}`, GpuView);
  }

  leases(query: RecordListing = {}): Promise<LeasePage> {
    return this.#requests.read("/leases", LeasePage, { ...query });
  }

  lease(lease_id: string): Promise<LeaseView> {
    return this.#requests.read(`/leases/${encodeURIComponent(lease_id)}`, LeaseView);
  }

  jobs(query: RecordListing = {}): Promise<JobPage> {
    return this.#requests.read("/jobs", JobPage, { ...query });
  }

  job(job_id: string): Promise<JobView> {
    return this.#requests.read(`/jobs/${encodeURIComponent(job_id)}`, JobView);
  }

  /** Newest first. */
  auctions(query: AuctionListing = {}): Promise<AuctionPage> {
    return this.#requests.read("/auctions", AuctionPage, { ...query });
  }

  auction(auction_id: string): Promise<AuctionView> {
    return this.#requests.read(`/auctions/${encodeURIComponent(auction_id)}`, AuctionView);
  }

  /** Tells the registry alone what a bid, sealed next, will open to; returns its commitment. */
  async openBid(opening: SecretOpening): Promise<string> {
    const path = `/auctions/${encodeURIComponent(opening.auction_id)}/openings`;
    return (await this.#requests.post(path, Committed, { json: opening })).commitment;
  }

  /** Newest first. */
  bids(query: BidListing = {}): Promise<BidPage> {
    return this.#requests.read("/bids", BidPage, { ...query });
  }

  bid(bid_id: string): Promise<BidView> {
    return this.#requests.read(`/bids/${encodeURIComponent(bid_id)}`, BidView);
  }

  /** A class order, with the terms that keep each near GPU from it. */
  explainBid(bid_id: string): Promise<BidExplained> {
    return this.#requests.read(`/bids/${encodeURIComponent(bid_id)}`, BidExplained, {
      explain: true,
    });
  }

  /** Prices by class and hour, newest hour first. */
  prices(query: PriceListing = {}): Promise<PricePage> {
    return this.#requests.read("/prices", PricePage, { ...query });
  }

  wallet(actor: string = this.actor): Promise<WalletView> {
    return this.#requests.read(`/wallet/${actor}`, WalletView);
  }

  /** Newest first. */
  history(query: MoneyListing = {}, actor: string = this.actor): Promise<MovementPage> {
    return this.#requests.read(`/wallet/${actor}/history`, MovementPage, { ...query });
  }

  feed(node_id: string, query: { after?: number; limit?: number } = {}): Promise<FeedPage> {
    return this.#requests.read(`/feeds/${node_id}`, FeedPage, { ...query });
  }

  /** Signs and sends one intent; throws its refusal. */
  async submit<T extends IntentType>(type: T, body: IntentBody<T>): Promise<Accepted> {
    const [result] = await this.send([await this.sign(type, body)]);
    if (result === undefined) throw badAnswer("its receipt is empty");
    if (result.ok) return result;
    throw new HorizonError(result.code, result.message, {
      ...(result.fix === null ? {} : { fix: result.fix }),
      ...(result.details === null ? {} : { details: result.details }),
    });
  }

  /** Signs an intent without sending it. */
  async sign<T extends IntentType>(type: T, body: IntentBody<T>): Promise<SignedIntent> {
    const { identity, node_id } = this.#options;
    return await signIntent(type, body, { identity, node_id, now_ms: this.#clock.now() });
  }

  /** Sends signed intents and returns what became of each, in order. The same ones may be sent again. */
  async send(intents: readonly SignedIntent[]): Promise<IntentResult[]> {
    const json = { envelopes: intents.map(({ envelope }) => envelope) };
    const value = await withRetries(
      () => this.#requests.open("/intents", { method: "POST", json }, readAnswer),
      this.#options.wait ?? realWait,
      this.#options.signal,
    );
    const hashes = intents.map(({ intent_sha256 }) => intent_sha256);
    const results = await checkReceipt(value, this.node_id, hashes);
    for (const { seq } of results) this.#requests.saw(seq ?? 0);
    return results;
  }

  /** Events after a seq, as they become durable, until the stream ends; the signal interrupts it. */
  async *events(after: number, signal: AbortSignal): AsyncGenerator<StreamedEvent> {
    const options = { query: { after }, accept: "text/event-stream", signal };
    yield* this.#requests.stream("/events", StreamedEvent, options);
  }

  /** Waits up to `wait_ms` for work; tells the registry that these GPUs are online. */
  poll(request: PollRequest, signal?: AbortSignal): Promise<PollAnswer> {
    const timeout_ms = request.wait_ms + REQUEST_TIMEOUT_MS;
    const options = { json: request, timeout_ms, ...(signal === undefined ? {} : { signal }) };
    return this.#requests.post("/provider/poll", PollAnswer, options);
  }

  async sendJobLogs(job_id: string, lines: readonly LogLine[]): Promise<void> {
    await this.#requests.post(`/jobs/${encodeURIComponent(job_id)}/logs`, z.object({}), {
      json: { lines },
    });
  }

  /** The first lines of a selection; those that follow come after the last of them. */
  async jobLogs(job_id: string, selection: LogQuery = {}): Promise<LogPage> {
    const path = `/jobs/${encodeURIComponent(job_id)}/logs`;
    const query = this.#requests.fresh(logQuery(selection));
    const value = await this.#requests.signed(path, { query }, readAnswer);
    return validate(LogPage, value, "The registry's answer", "bad_gateway");
  }

  /** The lines of a selection as they come, until the job ends; the signal interrupts it. */
  async *followJobLogs(
    job_id: string,
    selection: LogQuery,
    signal: AbortSignal,
  ): AsyncGenerator<NumberedLine> {
    const token = await this.#requests.token();
    const query = { ...logQuery(selection), follow: 1 };
    const options = { query, accept: "text/event-stream", token, signal };
    yield* this.#requests.stream(`/jobs/${encodeURIComponent(job_id)}/logs`, NumberedLine, options);
  }

  /**
   * All of the registry but its key, for its operator (`protocol/backup.ts`), until the signal
   * interrupts it. Whether it is complete, its last section says.
   */
  async *backup(signal: AbortSignal): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { transport } = this.#options;
    const accept = "application/octet-stream";
    const token = await this.#requests.token();
    try {
      yield* await openStream(transport, `${API_BASE}/backup`, { accept, token, signal });
    } catch (thrown) {
      throw namedError(thrown, transport, REQUEST_TIMEOUT_MS, signal);
    }
  }
}
