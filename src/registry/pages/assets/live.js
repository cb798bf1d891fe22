// Keeps the page up with the registry: at each message of its stream it reads itself again, and
// replaces the parts that have changed. Without it the page shows what was when it was read.
const main = document.querySelector("main");
const status = document.querySelector("#live");
const subject = main?.dataset.live;

let isReading = false;
let isStale = false;

async function refresh() {
  isStale = true;
  if (isReading) return;
  isReading = true;
  try {
    while (isStale) {
      isStale = false;
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      replaceParts(new DOMParser().parseFromString(await answer.text(), "text/html"));
    }
    say("Live");
  } catch {
    say("The registry can't be reached; trying again");
  } finally {
    isReading = false;
  }
}

function replaceParts(fresh) {
  const server_ms = fresh.querySelector("main")?.dataset.now;
  if (server_ms !== undefined) main.dataset.now = server_ms;
  for (const part of main.querySelectorAll("[data-part]")) {
    const next = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    // What scripts have changed in the page doesn't count: both are compared as they were sent.
    if (next === null || next.outerHTML === (sent.get(part) ?? part.outerHTML)) continue;
    const focus = placeOf(document.activeElement, part);
    const open = [...part.querySelectorAll("details[open][id]")].map(({ id }) => id);
    sent.set(next, next.outerHTML);
    part.replaceWith(next);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focus !== null) next.querySelector(focus)?.focus({ preventScroll: true });
  }
  document.dispatchEvent(new Event("horizon:fresh"));
}

/** A selector that finds the focused element again in its part's next version; null if it is elsewhere. */
function placeOf(element, part) {
  if (element === null || !part.contains(element)) return null;
  if (element.id !== "") return `#${CSS.escape(element.id)}`;
  const href = element.getAttribute("href");
  return href === null ? null : `[href="${CSS.escape(href)}"]`;
}

function say(text) {
  if (status !== null && status.textContent !== text) status.textContent = text;
}

/** What each part was when it came, before any script touched it. */
const sent = new WeakMap();
for (const part of main?.querySelectorAll("[data-part]") ?? []) sent.set(part, part.outerHTML);

if (subject !== undefined) {
  const stream = new EventSource(subject);
  stream.addEventListener("message", refresh);
  stream.addEventListener("error", () => say("Not live: the stream has ended; trying again"));
  addEventListener("pagehide", () => stream.close());
  // A page that comes back from the browser's memory has lost its stream.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}
