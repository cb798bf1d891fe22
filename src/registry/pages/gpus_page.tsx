import { formatDollars } from "../../base/money.ts";
import type { GpuView } from "../../protocol/gpu.ts";
import { gpuState } from "../../protocol/gpu_state.ts";
import { nodeLabel } from "../../protocol/node_label.ts";
import type { Problem } from "../../protocol/problem.ts";
import { reputationWord } from "../../protocol/reputation_text.ts";
import { ErrorText } from "./error_page.tsx";
import { GpuForm } from "./gpu_form.tsx";
import { hrefWith } from "./gpu_query.ts";
import { Layout } from "./layout.tsx";
import { Badge, Command, gpuHref, Scroll } from "./parts.tsx";

/** Headings of the table, and by which field each sorts, the better first. */
const COLUMNS = [
  { name: "GPU", sort: "gpu_id" },
  { name: "Type", sort: "type" },
  { name: "$ an hour", sort: "price", kind: "number" },
  { name: "State", sort: null },
  { name: "Proof", sort: "verdict" },
  { name: "VRAM GB", sort: "-vram_gb", kind: "number" },
  { name: "FP32 GFLOP/s", sort: "-fp32_gflops", kind: "number wide" },
  { name: "Memory GB/s", sort: "-memory_gbps", kind: "number wide" },
  { name: "Reputation", sort: "-reputation", kind: "number wide" },
  { name: "Home", sort: "home", kind: "wide" },
] as const;
const DEFAULT_SORT = "price";

/** How the page shows another home. */
export type HomeLabels = ReadonlyMap<string, string>;

export interface GpusPageProps {
  /** The parameters of the page's address. */
  given: Readonly<Record<string, string>>;
  listing: { gpus: readonly GpuView[]; total: number; next_cursor: string | null } | Problem;
  /** This registry. */
  node_id: string;
  /** Names of the registries that it knows. */
  homes: HomeLabels;
}

/** All GPUs that this registry knows, a page at a time. */
export function GpusPage({ given, listing, node_id, homes }: GpusPageProps) {
  return (
    <Layout title="GPUs" section="/" live="/live?of=gpus">
      <p>
        A GPU with the proof "verified" has answered a challenge that any CPU can check. FP32 and
        memory speed are its provider's own measurements.
      </p>
      <GpuForm given={given} node_id={node_id} homes={homes} />
      {"gpus" in listing
        ? <Listing given={given} listing={listing} node_id={node_id} homes={homes} />
        : <ErrorText problem={listing} />}
    </Layout>
  );
}

function Listing(
  { given, listing: { gpus, total, next_cursor }, node_id, homes }:
    & Omit<GpusPageProps, "listing">
    & { listing: Exclude<GpusPageProps["listing"], Problem> },
) {
  return (
    <div data-part="gpus">
      <p class="soft">{countText(gpus.length, total)}</p>
      <Scroll label="GPUs">
        {gpus.length === 0 ? <p class="empty">No GPU fits.</p> : (
          <table>
            <thead>
              <tr>{COLUMNS.map((column) => <Heading given={given} column={column} />)}</tr>
            </thead>
            <tbody>
              {gpus.map((gpu) => <Row gpu={gpu} home={homeOf(gpu, node_id, homes)} />)}
            </tbody>
          </table>
        )}
      </Scroll>
      <nav class="pages" aria-label="Pages of the list">
        {given.cursor ? <a href={hrefWith(given, {})}>First page</a> : null}
        {next_cursor === null
          ? null
          : <a href={hrefWith(given, { cursor: next_cursor })}>Next page</a>}
      </nav>
      {total > 0 ? null : (
        <>
          <p>To offer one, on its machine:</p>
          <Command>horizon help owner</Command>
        </>
      )}
    </div>
  );
}

function Heading(
  { given, column }: { given: GpusPageProps["given"]; column: (typeof COLUMNS)[number] },
) {
  const { name, sort } = column;
  const kind = "kind" in column ? column.kind : undefined;
  if (sort === null) return <th class={kind}>{name}</th>;
  const now = given.sort || DEFAULT_SORT;
  const other = sort.startsWith("-") ? sort.slice(1) : `-${sort}`;
  const isSorted = now === sort || now === other;
  const order = now.startsWith("-") ? "descending" : "ascending";
  return (
    <th class={kind} aria-sort={isSorted ? order : undefined}>
      <a href={hrefWith(given, { sort: now === sort ? other : sort })}>{name}</a>
      {isSorted ? <span aria-hidden="true">{order === "ascending" ? " ▲" : " ▼"}</span> : null}
    </th>
  );
}

function Row({ gpu, home }: { gpu: GpuView; home: string | null }) {
  return (
    <tr>
      <td>
        <a href={gpuHref(gpu.gpu_id, home === null ? undefined : gpu.home)}>{gpu.gpu_id}</a>
      </td>
      <td class="text">{gpu.gpu_type}</td>
      <td class="number">{formatDollars(gpu.price_micros_per_hour).slice(1)}</td>
      <td>
        <Badge word={gpuState(gpu)} />
      </td>
      <td>
        <Badge word={gpu.verdict?.verdict ?? "none"} />
      </td>
      <td class="number">{gpu.vram_gb}</td>
      <td class="number wide">{gpu.performance.fp32_gflops.median.toFixed(0)}</td>
      <td class="number wide">{gpu.performance.memory_gbps.median.toFixed(0)}</td>
      <td class="number wide">{reputationWord(gpu.reputation)}</td>
      <td class="wide">{home ?? "here"}</td>
    </tr>
  );
}

/** How another home of a GPU is shown; null for this registry. */
function homeOf({ home }: GpuView, node_id: string, homes: HomeLabels): string | null {
  if (home === node_id) return null;
  return homes.get(home) ?? nodeLabel({ node_id: home, alias: null });
}

function countText(shown: number, total: number): string {
  return shown === total ? `${total} GPUs` : `${shown} of ${total} GPUs`;
}
