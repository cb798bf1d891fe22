// Counts down to the times that lie ahead, and says how long ago others were, by the registry's clock.
const main = document.querySelector("main");
let read_ms = performance.now();
let server_ms = Number(main?.dataset.now ?? Date.now());

function tick() {
  const now_ms = server_ms + performance.now() - read_ms;
  for (const element of document.querySelectorAll("[data-until]")) {
    const left_s = Math.ceil((Number(element.dataset.until) - now_ms) / 1000);
    show(element, left_s > 0 ? `${duration(left_s)} left` : "closing");
  }
  for (const element of document.querySelectorAll("[data-since]")) {
    const gone_s = Math.max(0, Math.floor((now_ms - Number(element.dataset.since)) / 1000));
    show(element, `${duration(gone_s)} ago`);
  }
}

function show(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The two largest units, as "1 h 30 min". */
function duration(seconds) {
  const units = [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]];
  const parts = [];
  let rest = seconds;
  for (const [size, unit] of units) {
    const count = Math.floor(rest / size);
    rest %= size;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.slice(0, 2).join(" ") || "0 s";
}

document.addEventListener("horizon:fresh", () => {
  read_ms = performance.now();
  server_ms = Number(main?.dataset.now ?? Date.now());
  tick();
});
tick();
setInterval(tick, 1_000);
