import { API_BASE } from "../../protocol/api.ts";
import type { GpuView } from "../../protocol/gpu.ts";
import { laterStages } from "../../protocol/proof_lines.ts";
import type { ProofRecord } from "../../protocol/proof_record.ts";
import { TimeChart } from "./charts.tsx";
import { Badge, Facts, Scroll, Time } from "./parts.tsx";

/** The proof that a GPU is what it says: the latest in full, and those before it. */
export function GpuProof(
  { gpu, proofs }: { gpu: GpuView; proofs: readonly ProofRecord[] | null },
) {
  return (
    <section aria-labelledby="proof" data-part="proof">
      <h2 id="proof">Proof</h2>
      {gpu.verdict === null
        ? <p>It has not been proven yet.</p>
        : <Verdict gpu={gpu} verdict={gpu.verdict} />}
      {proofs === null
        ? <p>Its home keeps the record of its proofs.</p>
        : <History gpu={gpu} proofs={proofs} />}
    </section>
  );
}

function Verdict({ gpu, verdict }: { gpu: GpuView; verdict: NonNullable<GpuView["verdict"]> }) {
  const { figures, contradicts, step, reason } = verdict;
  const { gops, elapsed_ms, m, k, n } = figures;
  return (
    <Facts
      of={[
        ["Verdict", <Badge word={verdict.verdict} />],
        ["Class", verdict.class],
        ["Reason", reason],
        ["Product", `${gops} Gop/s: ${m} × ${k} × ${n} in ${elapsed_ms} ms`],
        ...laterStages(verdict),
        ...(step === null ? [] : [["Failed at", step] as const]),
        ...contradicts.map((text) => ["Contradicts", text] as const),
        ...(gpu.proven_at === null ? [] : [["Proven", <Time at={gpu.proven_at} />] as const]),
      ]}
    />
  );
}

function History({ gpu, proofs }: { gpu: GpuView; proofs: readonly ProofRecord[] }) {
  const [latest] = proofs;
  if (latest === undefined) return <p class="soft">No proof is on record.</p>;
  const path = `${API_BASE}/gpus/${encodeURIComponent(gpu.gpu_id)}`;
  return (
    <>
      <Transcript record={latest} path={path} />
      <h3>Speed of the product in each proof, Gop/s</h3>
      <TimeChart
        label="Speed of the product in each proof, Gop/s"
        points={[...proofs].reverse().map(({ at, verdict }) => ({
          at,
          value: verdict.figures.gops,
          is_bad: verdict.verdict === "failed" || verdict.verdict === "implausible",
        }))}
        text={(gops) => String(Math.round(gops))}
      />
      <details id="proofs">
        <summary>As a table</summary>
        <Scroll label="Proofs">
          <table>
            <thead>
              <tr>
                <th>At</th>
                <th>Event</th>
                <th>Asked for</th>
                <th>Verdict</th>
                <th class="number">Gop/s</th>
                <th>Reason</th>
              </tr>
            </thead>
            <tbody>
              {proofs.map(({ at, seq, reason, verdict }) => (
                <tr>
                  <td>
                    <Time at={at} />
                  </td>
                  <td>{seq}</td>
                  <td>{reason ?? "-"}</td>
                  <td>
                    <Badge word={verdict.verdict} />
                  </td>
                  <td class="number">{verdict.figures.gops}</td>
                  <td class="text">{verdict.reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
        <p>
          <a href={`${path}/proofs`}>All of them as JSON</a>
        </p>
      </details>
    </>
  );
}

/** What was said in a proof, by which anyone can check it again. */
function Transcript({ record, path }: { record: ProofRecord; path: string }) {
  const { seq, challenge_id, proof, answer_sha256 } = record;
  return (
    <details id="transcript">
      <summary>What was said in it</summary>
      <Facts
        of={[
          ["Event", String(seq)],
          ["Challenge", <code>{challenge_id}</code>],
          ...(proof === null ? [] : [
            ["Nonce", <code>{proof.nonce}</code>] as const,
            ["Root of the product", <code>{proof.matrix_root}</code>] as const,
            ["Root of the chain", <code>{proof.chain_root}</code>] as const,
            ["Rows opened", String(proof.rows.length)] as const,
            ["Lanes opened", String(proof.lanes_opened.length)] as const,
            ["Sweeps", `${proof.sweeps}, ${proof.sweeps_opened.length} opened`] as const,
          ]),
          ...(answer_sha256 === null
            ? []
            : [["Answer", <a href={`${path}/proof/answer`}>{answer_sha256}</a>] as const]),
          ["Record", <a href={`${path}/proof`}>JSON</a>],
        ]}
      />
    </details>
  );
}
