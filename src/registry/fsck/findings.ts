import { LIMITS } from "../../protocol/limits.ts";

/** One thing that was checked: that it is right, or one way in which it is not. */
export interface Finding {
  /** What was checked: "chain", "blobs". */
  check: string;
  ok: boolean;
  detail: string;
  /** The event that it is about. */
  seq?: number;
}

/** What a check of a data folder finds, in order. */
export class Findings {
  readonly rows: Finding[] = [];
  readonly #wrong = new Map<string, number>();

  /** Notes a wrong thing. Of many of one kind, the first are named and the rest counted. */
  wrong(check: string, detail: string, seq?: number): void {
    const count = (this.#wrong.get(check) ?? 0) + 1;
    this.#wrong.set(check, count);
    if (count > LIMITS.fsck_findings) return;
    this.rows.push({ check, ok: false, detail, ...(seq === undefined ? {} : { seq }) });
  }

  /** Ends a check: with what was right, or with how many more were wrong than are named. */
  end(check: string, right: string): void {
    const count = this.#wrong.get(check) ?? 0;
    const more = count - LIMITS.fsck_findings;
    if (count === 0) this.rows.push({ check, ok: true, detail: right });
    else if (more > 0) this.rows.push({ check, ok: false, detail: `and ${more} more` });
  }
}
