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
  readonly #auctions = new Map<string, AuctionOpenings>();
  #size = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** The openings of a folder, which is created where it is missing. Throws `data_corrupt`. */
  static async open(folder: string): Promise<SealedOpenings> {
    await makePrivateFolder(folder);
    const openings = new SealedOpenings(folder);
    for await (const { name } of Deno.readDir(folder)) {
      const auction_id = name.endsWith(OPENING_SUFFIX) ? name.slice(0, -OPENING_SUFFIX.length) : "";
      if (AuctionId.safeParse(auction_id).success) await openings.#load(auction_id);
    }
    return openings;
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
    await auction.file.remove();
  }

  #path(auction_id: string): string {
    return `${this.#folder}/${auction_id}${OPENING_SUFFIX}`;
  }

  #fresh(auction_id: string): AuctionOpenings {
    const file = OpeningFile.fresh(this.#path(auction_id));
    const auction = { file, kept: new Map(), counts: new Map() };
    this.#auctions.set(auction_id, auction);
    return auction;
  }

  async #load(auction_id: string): Promise<void> {
    const { file, openings } = await OpeningFile.load(this.#path(auction_id));
    const auction = { file, kept: new Map(), counts: new Map() };
    this.#auctions.set(auction_id, auction);
    for (const opening of openings) {
      const commitment = bidCommitment(auction_id, opening.bidder, opening);
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
