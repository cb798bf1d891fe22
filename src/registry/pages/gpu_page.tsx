import { formatDollars } from "../../base/money.ts";
import type { PriceBar } from "../../protocol/auction.ts";
import type { GpuView } from "../../protocol/gpu.ts";
import { gpuState } from "../../protocol/gpu_state.ts";
import type { ProofRecord } from "../../protocol/proof_record.ts";
import { TimeChart } from "./charts.tsx";
import { GpuProof } from "./gpu_proof.tsx";
import { GpuReputation } from "./gpu_reputation.tsx";
import { Layout } from "./layout.tsx";
import { Badge, Command, type Fact, Facts, Scroll, Time } from "./parts.tsx";

export interface GpuPageProps {
  gpu: GpuView;
  /** What stands after its id in commands: "@berlin" for another home's, else nothing. */
  suffix: string;
  /** Where this registry is reached. */
  url: string;
  /** Verdicts on it, the newest first; null for a GPU of another home, which keeps them. */
  proofs: readonly ProofRecord[] | null;
  /** Prices of its class here, the newest hour first. */
  prices: readonly PriceBar[];
}

/** Everything about one GPU. */
export function GpuPage({ gpu, suffix, url, proofs, prices }: GpuPageProps) {
  const name = gpu.gpu_id + suffix;
  const subject = suffix === "" ? `gpu&id=${encodeURIComponent(gpu.gpu_id)}` : "gpus";
  return (
    <Layout title={`${name}: ${gpu.gpu_type}`} live={`/live?of=${subject}`}>
      <div data-part="facts">
        <Facts of={factsOf(gpu)} />
      </div>
      <GpuCommands gpu={gpu} name={name} url={url} />
      <div class="columns">
        <section aria-labelledby="prices" data-part="prices">
          <h2 id="prices">Price history of its class here</h2>
          <TimeChart
            label={`Dollars an hour paid for ${classOf(gpu)}`}
            points={[...prices].reverse().map((bar) => ({
              at: bar.hour,
              value: bar.last_micros_per_hour,
              low: bar.low_micros_per_hour,
              high: bar.high_micros_per_hour,
            }))}
            text={(micros) => formatDollars(Math.round(micros))}
          />
          <p class="soft">What leases of {classOf(gpu)} were paid, by the hour they began in.</p>
        </section>
        <GpuReputation reputation={gpu.reputation} />
      </div>
      <GpuProof gpu={gpu} proofs={proofs} />
      <Measured gpu={gpu} />
    </Layout>
  );
}

/** The class that its prices are counted under. */
export function classOf({ verdict, gpu_type }: GpuView): string {
  return verdict?.class ?? gpu_type;
}

function factsOf(gpu: GpuView): Fact[] {
  const { auction_id, arrives_at, badge_ends_at, adapter } = gpu;
  const model = [adapter.vendor, adapter.architecture, adapter.device, adapter.description];
  return [
    ["State", <Badge word={gpuState(gpu)} />],
    ["Price", `${formatDollars(gpu.price_micros_per_hour)} an hour`],
    ["VRAM", `${gpu.vram_gb} GB`],
    ["Proof", <Badge word={gpu.verdict?.verdict ?? "none"} />],
    ...(auction_id === null
      ? []
      : [["Auction", <a href={`/auctions/${auction_id}`}>{auction_id}</a>] as const]),
    ...(arrives_at === null ? [] : [["Moving until", <Time at={arrives_at} />] as const]),
    ...(typeof badge_ends_at === "number"
      ? [["Proven until", <Time at={badge_ends_at} />] as const]
      : []),
    ...(gpu.kinds === undefined ? [] : [["Runs jobs of", gpu.kinds.join(", ")] as const]),
    ["Adapter", model.filter((text) => text !== "").join(", ")],
    ["Owner", <code>{gpu.owner}</code>],
    ["Home", <code>{gpu.home}</code>],
    ["Registered", <Time at={gpu.registered_at} />],
  ];
}

/** What to type; nothing is spent by this page. */
function GpuCommands({ gpu, name, url }: { gpu: GpuView; name: string; url: string }) {
  const isOnAuction = gpu.auction_id !== null;
  return (
    <section aria-labelledby="rent" data-part="rent">
      <h2 id="rent">Rent it</h2>
      {isOnAuction || gpu.available ? null : <p>It can't be rented now; a bid waits for it.</p>}
      <Command>
        {isOnAuction || !gpu.available
          ? `horizon bid ${name} --price ${formatDollars(gpu.price_micros_per_hour).slice(1)}`
          : `horizon rent ${name} --duration 1`}
      </Command>
      <details id="first">
        <summary>The first time, and more to see</summary>
        <p>Make a key, and say which registry you use:</p>
        <Command>horizon init</Command>
        <Command>horizon config --set registry {url}</Command>
        <p>Everything about this GPU, and its proof checked on your machine:</p>
        <Command>horizon explore {name}</Command>
        <Command>horizon gpu proof {name} --verify</Command>
      </details>
    </section>
  );
}

function Measured({ gpu: { performance } }: { gpu: GpuView }) {
  const rows = [
    ["fp32", performance.fp32_gflops, "GFLOP/s"],
    ["fp16", performance.fp16_gflops, "GFLOP/s"],
    ["u32", performance.u32_gops, "Gop/s"],
    ["memory", performance.memory_gbps, "GB/s"],
    ["upload", performance.upload_gbps, "GB/s"],
    ["download", performance.download_gbps, "GB/s"],
    ["launch", performance.launch_us, "µs"],
  ] as const;
  return (
    <section aria-labelledby="measured" data-part="measured">
      <h2 id="measured">Measured by its provider</h2>
      <Scroll label="Measurements">
        <table>
          <thead>
            <tr>
              <th>Figure</th>
              <th class="number">Median</th>
              <th class="number">p10</th>
              <th class="number">p90</th>
              <th>Unit</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, spread, unit]) => (
              <tr>
                <td>{name}</td>
                {spread === null ? <td class="number" colspan={3}>not available</td> : (
                  [spread.median, spread.p10, spread.p90].map((value) => (
                    <td class="number">{Number(value.toPrecision(3))}</td>
                  ))
                )}
                <td>{unit}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p class="soft">
        Self-reported, at <Time at={performance.measured_at} />: the proof alone is checked.
      </p>
    </section>
  );
}
