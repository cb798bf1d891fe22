import type { Child, PropsWithChildren } from "hono/jsx";
import { formatTime } from "../../base/time_text.ts";

/** A table that scrolls by itself where the window is narrow. */
export function Scroll({ label, children }: PropsWithChildren<{ label: string }>) {
  return (
    <div class="scroll" role="region" aria-label={`Table: ${label}`} tabindex={0}>{children}</div>
  );
}

/** A name and its value. */
export type Fact = readonly [string, Child];

/** Names and values, one under the other. */
export function Facts({ of }: { of: readonly Fact[] }) {
  return (
    <dl>
      {of.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  );
}

/** A command of the CLI, to copy. */
export function Command({ children }: PropsWithChildren) {
  return (
    <div class="command">
      <code>{children}</code>
      <button type="button" class="copy">Copy</button>
    </div>
  );
}

/** A moment, in UTC. */
export function Time({ at }: { at: number }) {
  return <time datetime={new Date(at).toISOString()}>{formatTime(at)}</time>;
}

/** How long until a moment: counted down where scripts run, else the moment itself. */
export function Until({ at }: { at: number }) {
  return (
    <time datetime={new Date(at).toISOString()} data-until={at} title={formatTime(at)}>
      {formatTime(at)}
    </time>
  );
}

/** A link to a GPU's page; of another home with it, since ids are unique to a home alone. */
export function gpuHref(gpu_id: string, home?: string): string {
  const path = `/gpus/${encodeURIComponent(gpu_id)}`;
  return home === undefined ? path : `${path}?home=${encodeURIComponent(home)}`;
}

/** How good a state or a verdict is, as a class of the style sheet. */
const TONES: Readonly<Record<string, string>> = {
  verified: "good",
  free: "good",
  live: "good",
  checked: "good",
  open: "good",
  cleared: "good",
  software: "warn",
  leased: "warn",
  auction: "warn",
  closed: "warn",
  moving: "warn",
  unproven: "warn",
  "catching up": "warn",
  unverified: "warn",
  implausible: "bad",
  failed: "bad",
  refused: "bad",
  expired: "bad",
  cancelled: "bad",
  behind: "bad",
  unreachable: "bad",
  quarantined: "bad",
};

/** A state in a word, coloured beside it: the word alone says all. */
export function Badge({ word }: { word: string }) {
  return <span class={`badge ${TONES[word] ?? "soft"}`}>{word}</span>;
}
