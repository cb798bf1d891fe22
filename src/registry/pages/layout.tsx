import type { PropsWithChildren } from "hono/jsx";
import { VERSION } from "../../base/version.ts";
import { ASSETS } from "./assets.ts";

/** The pages that every page leads to. */
const PAGES = [
  ["/", "GPUs"],
  ["/auctions", "Auctions"],
  ["/network", "Network"],
  ["/health", "Health"],
] as const;

/** What stands around the content of every page. */
export interface LayoutProps {
  title: string;
  /** Which of the pages it belongs to. */
  section?: (typeof PAGES)[number][0];
  /** Where its stream of changes is; absent for a page that doesn't change. */
  live?: string;
  /** The registry's clock, for what is counted in seconds; absent in pages that are kept. */
  now_ms?: number;
}

/** A whole document. Its parts with `data-part` are replaced as they change. */
export function Layout({ title, section, live, now_ms, children }: PropsWithChildren<LayoutProps>) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title} – Horizon</title>
        <link rel="icon" href={ASSETS["icon.svg"].href} />
        <link rel="stylesheet" href={ASSETS["style.css"].href} />
        {(["live.js", "times.js", "copy.js"] as const).map((name) => (
          <script type="module" src={ASSETS[name].href}></script>
        ))}
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header>
          <strong>Horizon</strong>
          <nav aria-label="Pages">
            {PAGES.map(([href, name]) => (
              <a href={href} aria-current={href === section ? "page" : undefined}>{name}</a>
            ))}
          </nav>
          <p id="live" role="status">{live === undefined ? "" : "As of when it was read"}</p>
        </header>
        <main id="content" tabindex={-1} data-live={live} data-now={now_ms}>
          <h1>{title}</h1>
          {children}
        </main>
        <footer>
          <p>horizon {VERSION}. This page only reads: money moves by signed commands alone.</p>
        </footer>
      </body>
    </html>
  );
}
