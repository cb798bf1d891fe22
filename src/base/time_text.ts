/** "2026-11-23 23:11:36Z" */
export function formatTime(at_ms: number): string {
  return new Date(at_ms).toISOString().replace("T", " ").replace(/\.\d+Z$/, "Z");
}

/** "2 h", "1 h 30 min", "45 min", "1 min 5 s" */
export function formatDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = hours > 0 ? 0 : seconds % 60;
  const parts = [[hours, "h"], [minutes, "min"], [rest, "s"]] as const;
  const text = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`);
  return text.length === 0 ? "0 s" : text.join(" ");
}
