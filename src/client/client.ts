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
  Session,
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
import {
  call,
  type CallOptions,
  namedError,
  openStream,
  REQUEST_TIMEOUT_MS,
  type Use,
} from "./caller.ts";
import { type Asking, NetworkClient } from "./network.ts";
import { ProofClient } from "./proofs.ts";
import { type SignedIntent, signIntent, signSession } from "./intents.ts";
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
import { realWait, RESTART_CODES, type Wait, withRetries } from "./retries.ts";
import { SessionToken } from "./sessions.ts";
import { serverEvents } from "./sse.ts";
import type { Transport } from "./transport.ts";

export interface ClientOptions {
  transport: Transport;
  identity: Identity;
  /** The registry's node id: the audience of intents, the signer of receipts. */
  node_id: string;
  clock?: Clock;
  /** Aborts every request. */
  signal?: AbortSignal;
  wait?: Wait;
}

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
  readonly #session: SessionToken;
  /** The registries that it knows. */
  readonly network: NetworkClient;
  /** Proofs of its GPUs: answering challenges, and what is on record. */
  readonly proofs: ProofClient;
  /** What jobs read and write. */
  readonly blobs: BlobClient;
  /** Highest seq of a receipt: what reads must show. */
  #seen_seq = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#session = new SessionToken(() => this.#openSession(), this.#clock);
    const ways: Asking = {
      open: (path, options, use) => this.#call(path, options, use),
      signed: (path, options, use) => this.#private(path, options, use),
    };
    this.network = new NetworkClient(ways);
    this.proofs = new ProofClient(ways);
    this.blobs = new BlobClient(ways, { wait: options.wait ?? realWait, signal: options.signal });
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
    return this.#read("/node", NodeInfo);
  }

  gpus(query: GpuListing = {}): Promise<GpuPage> {
    return this.#read("/gpus", GpuPage, { ...query });
  }

  gpu(gpu_id: string): Promise<GpuView> {
    return this.#read(`/gpus/${encodeURIComponent(gpu_id)}`, GpuView);
  }

  leases(query: RecordListing = {}): Promise<LeasePage> {
    return this.#read("/leases", LeasePage, { ...query });
  }

  lease(lease_id: string): Promise<LeaseView> {
    return this.#read(`/leases/${encodeURIComponent(lease_id)}`, LeaseView);
  }

  jobs(query: RecordListing = {}): Promise<JobPage> {
    return this.#read("/jobs", JobPage, { ...query });
  }

  job(job_id: string): Promise<JobView> {
    return this.#read(`/jobs/${encodeURIComponent(job_id)}`, JobView);
  }

  /** Newest first. */
  auctions(query: AuctionListing = {}): Promise<AuctionPage> {
    return this.#read("/auctions", AuctionPage, { ...query });
  }

  auction(auction_id: string): Promise<AuctionView> {
    return this.#read(`/auctions/${encodeURIComponent(auction_id)}`, AuctionView);
  }

  /** Tells the registry alone what a bid, sealed next, will open to; returns its commitment. */
  async openBid(opening: SecretOpening): Promise<string> {
    const path = `/auctions/${encodeURIComponent(opening.auction_id)}/openings`;
    return (await this.#post(path, Committed, { json: opening })).commitment;
  }

  /** Newest first. */
  bids(query: BidListing = {}): Promise<BidPage> {
    return this.#read("/bids", BidPage, { ...query });
  }

  bid(bid_id: string): Promise<BidView> {
    return this.#read(`/bids/${encodeURIComponent(bid_id)}`, BidView);
  }

  /** A class order, with the terms that keep each near GPU from it. */
  explainBid(bid_id: string): Promise<BidExplained> {
    return this.#read(`/bids/${encodeURIComponent(bid_id)}`, BidExplained, { explain: true });
  }

  /** Prices by class and hour, newest hour first. */
  prices(query: PriceListing = {}): Promise<PricePage> {
    return this.#read("/prices", PricePage, { ...query });
  }

  wallet(actor: string = this.actor): Promise<WalletView> {
    return this.#read(`/wallet/${actor}`, WalletView);
  }

  /** Newest first. */
  history(query: MoneyListing = {}, actor: string = this.actor): Promise<MovementPage> {
    return this.#read(`/wallet/${actor}/history`, MovementPage, { ...query });
  }

  feed(node_id: string, query: { after?: number; limit?: number } = {}): Promise<FeedPage> {
    return this.#read(`/feeds/${node_id}`, FeedPage, { ...query });
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
    return await signIntent(type, body, this.#signing());
  }

  /** Sends signed intents and returns what became of each, in order. The same ones may be sent again. */
  async send(intents: readonly SignedIntent[]): Promise<IntentResult[]> {
    const json = { envelopes: intents.map(({ envelope }) => envelope) };
    const value = await withRetries(
      () => this.#call("/intents", { method: "POST", json }, readAnswer),
      this.#options.wait ?? realWait,
      this.#options.signal,
    );
    const hashes = intents.map(({ intent_sha256 }) => intent_sha256);
    const results = await checkReceipt(value, this.node_id, hashes);
    for (const { seq } of results) this.#seen_seq = Math.max(this.#seen_seq, seq ?? 0);
    return results;
  }

  /** Events after a seq, as they become durable, until the stream ends; the signal interrupts it. */
  async *events(after: number, signal: AbortSignal): AsyncGenerator<StreamedEvent> {
    const options = { query: { after }, accept: "text/event-stream", signal };
    yield* this.#stream("/events", StreamedEvent, options);
  }

  /** Waits up to `wait_ms` for work; tells the registry that these GPUs are online. */
  poll(request: PollRequest, signal?: AbortSignal): Promise<PollAnswer> {
    const timeout_ms = request.wait_ms + REQUEST_TIMEOUT_MS;
    const options = { json: request, timeout_ms, ...(signal === undefined ? {} : { signal }) };
    return this.#post("/provider/poll", PollAnswer, options);
  }

  async sendJobLogs(job_id: string, lines: readonly LogLine[]): Promise<void> {
    await this.#post(`/jobs/${encodeURIComponent(job_id)}/logs`, z.object({}), { json: { lines } });
  }

  /** The first lines of a selection; those that follow come after the last of them. */
  async jobLogs(job_id: string, selection: LogQuery = {}): Promise<LogPage> {
    const path = `/jobs/${encodeURIComponent(job_id)}/logs`;
    const query = this.#fresh(logQuery(selection));
    const value = await this.#private(path, { query }, readAnswer);
    return validate(LogPage, value, "The registry's answer", "bad_gateway");
  }

  /** The lines of a selection as they come, until the job ends; the signal interrupts it. */
  async *followJobLogs(
    job_id: string,
    selection: LogQuery,
    signal: AbortSignal,
  ): AsyncGenerator<NumberedLine> {
    const token = await this.#session.get();
    const query = { ...logQuery(selection), follow: 1 };
    const options = { query, accept: "text/event-stream", token, signal };
    yield* this.#stream(`/jobs/${encodeURIComponent(job_id)}/logs`, NumberedLine, options);
  }

  /**
   * All of the registry but its key, for its operator (`protocol/backup.ts`), until the signal
   * interrupts it. Whether it is complete, its last section says.
   */
  async *backup(signal: AbortSignal): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { transport } = this.#options;
    const accept = "application/octet-stream";
    const token = await this.#session.get();
    try {
      yield* await openStream(transport, `${API_BASE}/backup`, { accept, token, signal });
    } catch (thrown) {
      throw namedError(thrown, transport, REQUEST_TIMEOUT_MS, signal);
    }
  }

  async #read<T extends z.ZodType>(
    path: string,
    schema: T,
    query: NonNullable<CallOptions["query"]> = {},
  ): Promise<z.infer<T>> {
    const value = await withRetries(
      () => this.#call(path, { query: this.#fresh(query) }, readAnswer),
      this.#options.wait ?? realWait,
      this.#options.signal,
      RESTART_CODES,
    );
    return validate(schema, value, "The registry's answer", "bad_gateway");
  }

  async #post<T extends z.ZodType>(
    path: string,
    schema: T,
    options: CallOptions,
  ): Promise<z.infer<T>> {
    const value = await this.#private(path, { ...options, method: "POST" }, readAnswer);
    return validate(schema, value, "The registry's answer", "bad_gateway");
  }

  async *#stream<T extends z.ZodType>(
    path: string,
    schema: T,
    options: CallOptions & { signal: AbortSignal },
  ): AsyncGenerator<z.infer<T>> {
    const { transport } = this.#options;
    try {
      const body = await openStream(transport, API_BASE + path, options);
      for await (const { data } of serverEvents(body)) {
        yield validate(schema, parseJson(data), "The registry's stream", "bad_gateway");
      }
    } catch (thrown) {
      throw namedError(thrown, transport, REQUEST_TIMEOUT_MS, options.signal);
    }
  }

  /** A request with the session's token; once more with a new one if the registry forgot it. */
  async #private<T>(
    path: string,
    options: CallOptions,
    use: Use<T>,
  ): Promise<T> {
    try {
      return await this.#call(path, { ...options, token: await this.#session.get() }, use);
    } catch (thrown) {
      if (!(thrown instanceof HorizonError) || thrown.code !== "session_invalid") throw thrown;
      this.#session.forget();
      return await this.#call(path, { ...options, token: await this.#session.get() }, use);
    }
  }

  #call<T>(
    path: string,
    options: CallOptions,
    use: Use<T>,
  ): Promise<T> {
    const { transport, signal } = this.#options;
    const both = signal === undefined ? {} : { signal: joined(signal, options.signal) };
    return call(transport, API_BASE + path, { ...options, ...both }, use);
  }

  async #openSession(): Promise<Session> {
    const json = await signSession(this.#signing());
    const value = await this.#call("/sessions", { method: "POST", json }, readAnswer);
    return validate(Session, value, "The registry's answer", "bad_gateway");
  }

  #signing() {
    const { identity, node_id } = this.#options;
    return { identity, node_id, now_ms: this.#clock.now() };
  }

  /** A query that waits for what this client has written. */
  #fresh(query: NonNullable<CallOptions["query"]>): NonNullable<CallOptions["query"]> {
    return this.#seen_seq === 0 ? query : { ...query, min_seq: this.#seen_seq };
  }
}

function readAnswer(response: Response): Promise<unknown> {
  return readJson(response, LIMITS.request_bytes);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badAnswer("its stream is not JSON", cause);
  }
}

function joined(a: AbortSignal, b: AbortSignal | undefined): AbortSignal {
  return b === undefined ? a : AbortSignal.any([a, b]);
}
