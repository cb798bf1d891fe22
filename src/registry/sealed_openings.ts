import { HorizonError } from "../base/errors.ts";
import type { SecretOpening } from "../protocol/auction.ts";
import { bidCommitment } from "../protocol/bid_commitment.ts";
import { LIMITS } from "../protocol/limits.ts";
import { AuctionId } from "../protocol/text.ts";
import { makePrivateFolder } from "../store/durable_file.ts";
import { OPENING_SUFFIX } from "../store/layout.ts";
import { OpeningFile, type SealedOpening } from "./opening_file.ts";

interface Kept {
  opening: SealedOpening;
  isDurable: boolean;
  durable: Promise<void>;
}

interface AuctionOpenings {
  file: OpeningFile;
  /** Files of other processes, or of an earlier start of this one. */
  others: OpeningFile[];
  /** By commitment, which names the auction and the bidder too. */
  kept: Map<string, Kept>;
  /** Number of openings of each bidder. */
  counts: Map<string, number>;
}

/** Openings in one auction: twice its bids, since a bidder may change his mind before he seals. */
const MAX_PER_AUCTION = 2 * LIMITS.auction_bids;
/** Openings in all auctions. */
const MAX_OPENINGS = 200_000;

/**
 * What the registry knows of sealed bids before the close, and nobody else: prices and salts, in
 * memory and in private files of their own (mode 0600). Whoever runs the registry can read them.
 */
export class SealedOpenings {
  readonly #folder: string;
  /** What ends the names of this process's files. */
  readonly #suffix: string;
  readonly #auctions = new Map<string, AuctionOpenings>();
  #size = 0;

  private constructor(folder: string, suffix: string) {
    this.#folder = folder;
    this.#suffix = suffix;
  }

  /**
   * The openings of a folder, which is created where it is missing. Processes that share it have a
   * `writer` name each, and write files of their own. Throws `data_corrupt`.
   */
  static async open(folder: string, writer: string | null = null): Promise<SealedOpenings> {
    await makePrivateFolder(folder);
    const suffix = writer === null ? OPENING_SUFFIX : `.${writer}${OPENING_SUFFIX}`;
    const openings = new SealedOpenings(folder, suffix);
    await openings.reload();
    return openings;
  }

  /** Reads the folder again, where another process kept openings before. Throws `data_corrupt`. */
  async reload(): Promise<void> {
    this.#auctions.clear();
    this.#size = 0;
    for await (const { name } of Deno.readDir(this.#folder)) {
      const [auction_id = ""] = name.endsWith(OPENING_SUFFIX) ? name.split(".", 1) : [];
      if (AuctionId.safeParse(auction_id).success) await this.#load(auction_id, name);
    }
  }

  /**
   * Keeps a bidder's opening and returns its commitment once it is durable; the same one again is kept
   * once. Throws `limit_reached`, `disk_full`.
   */
  async keep(bidder: string, secret: SecretOpening): Promise<string> {
    const { auction_id, price_micros_per_hour, salt } = secret;
    const commitment = bidCommitment(auction_id, bidder, secret);
    const auction = this.#auctions.get(auction_id) ?? this.#fresh(auction_id);
    const known = auction.kept.get(commitment);
    if (known === undefined) {
      this.#checkRoom(auction, bidder);
      const opening = { bidder, price_micros_per_hour, salt };
      const kept = { opening, isDurable: false, durable: auction.file.append(opening) };
      this.#add(auction, commitment, kept);
      kept.durable.then(
        () => kept.isDurable = true,
        () => this.#drop(auction, commitment, bidder),
      );
      await kept.durable;
    } else await known.durable;
    return commitment;
  }

  /** The opening of a commitment, if it is durable here. */
  find(auction_id: string, commitment: string): SealedOpening | undefined {
    const kept = this.#auctions.get(auction_id)?.kept.get(commitment);
    return kept?.isDurable ? kept.opening : undefined;
  }

  /** The auctions of which there are openings. */
  auctions(): string[] {
    return [...this.#auctions.keys()];
  }

  /** The durable openings of each auction, as of this moment: what a backup keeps. */
  kept(): { auction_id: string; openings: SealedOpening[] }[] {
    return [...this.#auctions].map(([auction_id, { kept }]) => ({
      auction_id,
      openings: [...kept.values()].filter(({ isDurable }) => isDurable).map((one) => one.opening),
    }));
  }

  /** Forgets all openings of an auction: it has been cleared, or cancelled. */
  async forget(auction_id: string): Promise<void> {
    const auction = this.#auctions.get(auction_id);
    if (auction === undefined) return;
    this.#auctions.delete(auction_id);
    this.#size -= auction.kept.size;
    auction.kept.clear();
    for (const file of [auction.file, ...auction.others]) await file.remove();
  }

  #fresh(auction_id: string): AuctionOpenings {
    const file = OpeningFile.fresh(`${this.#folder}/${auction_id}${this.#suffix}`);
    const auction = { file, others: [], kept: new Map(), counts: new Map() };
    this.#auctions.set(auction_id, auction);
    return auction;
  }

  async #load(auction_id: string, name: string): Promise<void> {
    const { file, openings } = await OpeningFile.load(`${this.#folder}/${name}`);
    const auction = this.#auctions.get(auction_id) ?? this.#fresh(auction_id);
    if (name === `${auction_id}${this.#suffix}`) auction.file = file;
    else auction.others.push(file);
    for (const opening of openings) {
      const commitment = bidCommitment(auction_id, opening.bidder, opening);
      if (auction.kept.has(commitment)) continue;
      this.#add(auction, commitment, { opening, isDurable: true, durable: Promise.resolve() });
    }
  }

  #checkRoom({ kept, counts }: AuctionOpenings, bidder: string): void {
    const isFull = kept.size >= MAX_PER_AUCTION || this.#size >= MAX_OPENINGS;
    if (isFull || (counts.get(bidder) ?? 0) >= LIMITS.bids_per_actor) {
      throw new HorizonError("limit_reached", "Too many sealed bids wait for their auctions.");
    }
  }

  #add(auction: AuctionOpenings, commitment: string, kept: Kept): void {
    const { bidder } = kept.opening;
    auction.kept.set(commitment, kept);
    auction.counts.set(bidder, (auction.counts.get(bidder) ?? 0) + 1);
    this.#size++;
  }

  /** It could not be written. */
  #drop(auction: AuctionOpenings, commitment: string, bidder: string): void {
    if (!auction.kept.delete(commitment)) return;
    auction.counts.set(bidder, (auction.counts.get(bidder) ?? 1) - 1);
    this.#size--;
  }
}
