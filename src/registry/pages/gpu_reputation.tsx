import { type Reputation } from "../../protocol/reputation.ts";
import { reputationFacts, uptimePercent } from "../../protocol/reputation_text.ts";
import { ShareBar } from "./charts.tsx";
import { Facts } from "./parts.tsx";

/** What a GPU has done at its home: jobs, proofs and time, each with its share of failures. */
export function GpuReputation({ reputation }: { reputation: Reputation | undefined }) {
  return (
    <section aria-labelledby="reputation" data-part="reputation">
      <h2 id="reputation">Reputation</h2>
      {reputation === undefined
        ? <p class="soft">None is counted at its home.</p>
        : <Bars reputation={reputation} />}
    </section>
  );
}

function Bars({ reputation }: { reputation: Reputation }) {
  const { jobs, proofs, listed_ms, uptime_ms } = reputation;
  const online = uptimePercent(reputation);
  const failed = jobs.failed_provider + jobs.failed_network + jobs.failed_renter;
  return (
    <>
      <Facts of={reputationFacts(reputation)} />
      <ShareBar
        heading="Jobs"
        label={`Jobs: ${jobs.succeeded} succeeded, ${failed} failed`}
        shares={[
          { name: `${jobs.succeeded} succeeded`, count: jobs.succeeded, tone: "good" },
          { name: "failed by its provider", count: jobs.failed_provider, tone: "bad" },
          { name: "failed by the network", count: jobs.failed_network, tone: "warn" },
          { name: "failed by the renter", count: jobs.failed_renter, tone: "soft" },
        ]}
      />
      <ShareBar
        heading="Proofs"
        label={`Proofs: ${proofs.passed} passed, ${proofs.failed} failed`}
        shares={[
          { name: `${proofs.passed} passed`, count: proofs.passed, tone: "good" },
          { name: `${proofs.failed} failed`, count: proofs.failed, tone: "bad" },
        ]}
      />
      {online !== null && (
        <ShareBar
          heading="Uptime"
          label={`Uptime: ${online} %`}
          shares={[
            { name: "proven and online", count: uptime_ms, tone: "good" },
            { name: "away", count: Math.max(0, listed_ms - uptime_ms), tone: "soft" },
          ]}
        />
      )}
    </>
  );
}
