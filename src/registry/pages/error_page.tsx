import type { Problem } from "../../protocol/problem.ts";
import { Layout } from "./layout.tsx";

/** What is wrong, and what to do. */
export function ErrorPage({ problem }: { problem: Problem }) {
  return (
    <Layout title={problem.title}>
      <ErrorText problem={problem} />
      <p>
        <a href="/">All GPUs</a>
      </p>
    </Layout>
  );
}

/** The same inside another page. */
export function ErrorText({ problem }: { problem: Problem }) {
  return (
    <div class="alert" role="alert">
      <strong>{problem.detail}</strong> {problem.fix} <span class="soft">({problem.code})</span>
    </div>
  );
}
