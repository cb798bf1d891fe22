import type { AuctionView } from "../../protocol/auction.ts";
import type { GpuView } from "../../protocol/gpu.ts";
import type { JobView } from "../../protocol/job.ts";
import { gpuTable, type HomeText } from "../format.ts";
import { auctionTable } from "../auction_text.ts";
import type { Line, Scene, Size } from "../screen/screen.ts";
import { type Look, table } from "../table.ts";

/** What there is on a market now. */
export interface MarketNow {
  gpus: readonly GpuView[];
  /** How other homes than the registry's own are shown. */
  homes: ReadonlyMap<string, HomeText>;
  jobs: readonly JobView[];
  auctions: readonly AuctionView[];
}

const VIEWS = ["GPUs", "jobs", "auctions"] as const;
const SORTS = ["as listed", "by price", "by state"] as const;
const HELP = "tab next  s sort  / filter  ↑↓ scroll  q quit";
const FRAME_ROWS = 2;
/** The screen cuts its lines by itself. */
const PLAIN: Look = { colour: false, width: null };

/** All of it as text, one table under the other. */
export function marketText(now: MarketNow, look: Look): string {
  return VIEWS.map((view) => {
    const text = tableOf(view, now, look);
    return `${view}\n${text === "" ? "none\n" : text}`;
  }).join("\n");
}

/** GPUs, jobs and auctions on the screen, one table at a time. */
export class MarketScreen implements Scene {
  readonly #title: string;
  readonly #read: () => Promise<MarketNow>;
  #now: MarketNow;
  #view = 0;
  #sort = 0;
  #from = 0;
  #filter = "";
  #isTyping = false;
  #told = "";

  /** `read` gives the market anew; what it throws is shown until it works again. */
  constructor(title: string, now: MarketNow, read: () => Promise<MarketNow>) {
    this.#title = title;
    this.#now = now;
    this.#read = read;
  }

  async refresh(): Promise<void> {
    try {
      this.#now = await this.#read();
      this.#told = "";
    } catch (thrown) {
      this.#told = `not live: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
    }
  }

  lines({ rows: height }: Size): Line[] {
    const [head = "none", ...rows] = this.#rows();
    const room = Math.max(1, height - FRAME_ROWS - 1);
    this.#from = Math.max(0, Math.min(this.#from, rows.length - room));
    const shown = rows.slice(this.#from, this.#from + room);
    while (shown.length < room) shown.push("");
    const names = VIEWS.map((name, i) => i === this.#view ? `[${name}]` : name).join("  ");
    const filter = this.#filter === "" && !this.#isTyping ? "" : `  /${this.#filter}`;
    return [
      { text: `${this.#title}  ${names}  ${SORTS[this.#sort]}${filter}`, marked: true },
      { text: head },
      ...shown.map((text) => ({ text })),
      { text: this.#told || HELP },
    ];
  }

  press(key: string, { rows: height }: Size): "quit" | void {
    if (this.#isTyping) return this.#type(key);
    switch (key) {
      case "q":
        return "quit";
      case "tab":
      case "right":
      case "l":
        return this.#turn(1);
      case "left":
      case "h":
        return this.#turn(VIEWS.length - 1);
      case "s":
        this.#sort = (this.#sort + 1) % SORTS.length;
        return;
      case "/":
        this.#isTyping = true;
        this.#filter = "";
        return;
      case "up":
      case "k":
        return void (this.#from = Math.max(0, this.#from - 1));
      case "down":
      case "j":
        return void this.#from++;
      case "page-up":
        return void (this.#from = Math.max(0, this.#from - height + FRAME_ROWS));
      case "page-down":
        return void (this.#from += height - FRAME_ROWS);
    }
  }

  #turn(by: number): void {
    this.#view = (this.#view + by) % VIEWS.length;
    this.#from = 0;
  }

  #type(key: string): void {
    if (key === "enter" || key === "escape") {
      this.#isTyping = false;
      if (key === "escape") this.#filter = "";
    } else if (key === "backspace") this.#filter = [...this.#filter].slice(0, -1).join("");
    else if ([...key].length === 1) this.#filter += key;
    this.#from = 0;
  }

  /** The heading and the rows that the filter lets through. */
  #rows(): string[] {
    const view = VIEWS[this.#view] ?? "GPUs";
    const [head, ...rows] = tableOf(view, this.#sorted(), PLAIN).split("\n").filter(Boolean);
    if (head === undefined) return [];
    const wanted = this.#filter.toLowerCase();
    return [head, ...rows.filter((row) => row.toLowerCase().includes(wanted))];
  }

  #sorted(): MarketNow {
    const sort = SORTS[this.#sort];
    if (sort === "as listed") return this.#now;
    const { gpus, jobs, auctions } = this.#now;
    const by = <T>(records: readonly T[], keyOf: (record: T) => number | string) =>
      records.toSorted((a, b) => keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0);
    const isPrice = sort === "by price";
    return {
      ...this.#now,
      gpus: by(gpus, (gpu) => isPrice ? gpu.price_micros_per_hour : gpu.status),
      jobs: by(jobs, (job) => job.state),
      auctions: by(auctions, (one) => isPrice ? one.reserve_micros_per_hour : one.state),
    };
  }
}

function tableOf(view: (typeof VIEWS)[number], now: MarketNow, look: Look): string {
  const { gpus, homes, jobs, auctions } = now;
  switch (view) {
    case "GPUs": {
      const { columns, rows } = gpuTable(gpus, homes);
      return rows.length === 0 ? "" : table(columns, rows, look);
    }
    case "jobs":
      return jobs.length === 0 ? "" : jobTable(jobs, look);
    case "auctions":
      return auctions.length === 0 ? "" : auctionTable(auctions, look);
  }
}

function jobTable(jobs: readonly JobView[], look: Look): string {
  const columns = [
    { heading: "JOB" },
    { heading: "GPU" },
    { heading: "KIND" },
    { heading: "STATE" },
    { heading: "ATTEMPT", numeric: true },
    { heading: "LEASE" },
  ] as const;
  const rows = jobs.map((job) => [
    job.job_id,
    job.gpu_id,
    job.kind,
    job.reason === null ? job.state : `${job.state} (${job.reason})`,
    String(job.attempt),
    job.lease_id,
  ]);
  return table(columns, rows, look);
}
