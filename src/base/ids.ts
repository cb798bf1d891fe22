import { ulid } from "@std/ulid";

/** A fresh ULID at a time in milliseconds: sortable by time, unique by 80 random bits. */
export function newId(now_ms: number): string {
  return ulid(now_ms);
}

/** The text form of a ULID. */
export const ULID_PATTERN = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
