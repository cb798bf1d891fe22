/**
 * Text that may come from another machine, safe for a terminal or a page: control characters,
 * which could move the cursor or rewrite what was shown, and the invisible ones that turn the
 * direction of reading, become '·'. Line breaks and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]|[\p{Cf}\p{Zl}\p{Zp}]/gu, "·");
}
