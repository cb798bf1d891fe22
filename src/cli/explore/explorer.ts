import type { Json } from "../../base/json.ts";
import type { Line, Scene, Size } from "../screen/screen.ts";
import { type Row, rowsOf } from "./tree.ts";

const HELP = "↑↓ move  ←→ close, open  / search  n N next  y copy path  q quit";
/** Lines around the tree: the title above, the path and the keys below. */
const FRAME_ROWS = 3;

/** A record as a tree on the screen, with its values as they change. */
export class Explorer implements Scene {
  readonly #title: string;
  readonly #read: () => Promise<Json>;
  readonly #closed = new Set<string>();
  #value: Json;
  #changed: ReadonlySet<string> = new Set();
  #cursor = 0;
  #top = 0;
  /** What is searched for; null where nothing is. */
  #search: string | null = null;
  #isTyping = false;
  #told = "";

  /** `read` gives the record anew; what it throws is shown until it works again. */
  constructor(title: string, value: Json, read: () => Promise<Json>) {
    this.#title = title;
    this.#value = value;
    this.#read = read;
  }

  async refresh(): Promise<void> {
    try {
      const next = await this.#read();
      const before = new Map(rowsOf(this.#value, new Set()).map(({ path, text }) => [path, text]));
      const rows = rowsOf(next, new Set());
      this.#changed = new Set(
        rows.filter(({ path, text }) => before.get(path) !== text).map(({ path }) => path),
      );
      this.#value = next;
      if (this.#told.startsWith("not live")) this.#told = "";
    } catch (thrown) {
      this.#told = `not live: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
    }
  }

  lines({ rows: height }: Size): Line[] {
    const rows = this.#rows();
    const room = Math.max(1, height - FRAME_ROWS);
    this.#cursor = Math.max(0, Math.min(this.#cursor, rows.length - 1));
    this.#top = Math.min(this.#cursor, Math.max(this.#top, this.#cursor - room + 1));
    const shown = rows.slice(this.#top, this.#top + room);
    const tree = shown.map((row, i): Line => ({
      text: this.#rowText(row),
      marked: this.#top + i === this.#cursor,
    }));
    while (tree.length < room) tree.push({ text: "" });
    const bottom = this.#isTyping ? `/${this.#search}` : this.#told || HELP;
    return [
      { text: this.#title, marked: true },
      ...tree,
      { text: rows[this.#cursor]?.path ?? "" },
      { text: bottom },
    ];
  }

  press(key: string, { rows: height }: Size): "quit" | { copy: string } | void {
    if (this.#isTyping) return this.#type(key);
    this.#told = "";
    const rows = this.#rows();
    const row = rows[this.#cursor];
    switch (key) {
      case "q":
        return "quit";
      case "up":
      case "k":
        return this.#move(-1);
      case "down":
      case "j":
        return this.#move(1);
      case "page-up":
        return this.#move(FRAME_ROWS - height);
      case "page-down":
        return this.#move(height - FRAME_ROWS);
      case "home":
      case "g":
        return this.#move(-Infinity);
      case "end":
      case "G":
        return this.#move(Infinity);
      case "right":
      case "l":
        return void (row && this.#closed.delete(row.path));
      case "left":
      case "h":
        return this.#close(rows, row);
      case "enter":
      case " ":
        return void (row?.isBranch &&
          (this.#closed.delete(row.path) || this.#closed.add(row.path)));
      case "/":
        this.#isTyping = true;
        this.#search = "";
        return;
      case "n":
        return this.#find(1);
      case "N":
        return this.#find(-1);
      case "y":
      case "c":
        if (row === undefined) return;
        this.#told = `copied ${row.path}`;
        return { copy: row.path };
    }
  }

  #rows(): Row[] {
    return rowsOf(this.#value, this.#closed);
  }

  #rowText({ path, depth, name, text, isBranch }: Row): string {
    const sign = isBranch ? (this.#closed.has(path) ? "▸ " : "▾ ") : "  ";
    const news = this.#changed.has(path) && !isBranch ? "  *" : "";
    return `${"  ".repeat(depth)}${sign}${name}  ${text}${news}`;
  }

  #move(by: number): void {
    const last = this.#rows().length - 1;
    this.#cursor = Math.max(0, Math.min(last, this.#cursor + by));
  }

  /** Closes a branch; of a leaf, or of a closed one, goes to what it is in. */
  #close(rows: readonly Row[], row: Row | undefined): void {
    if (row === undefined) return;
    if (row.isBranch && !this.#closed.has(row.path)) this.#closed.add(row.path);
    else {
      const parent = rows.findLastIndex(({ depth }, i) => i < this.#cursor && depth < row.depth);
      if (parent >= 0) this.#cursor = parent;
    }
  }

  #type(key: string): void {
    const search = this.#search ?? "";
    if (key === "enter" || key === "escape") {
      this.#isTyping = false;
      if (key === "escape" || search === "") this.#search = null;
      return;
    }
    if (key === "backspace") this.#search = [...search].slice(0, -1).join("");
    else if ([...key].length === 1) this.#search = search + key;
    this.#find(0);
  }

  /** Goes to the next place that has the text, the one under the cursor too with a step of 0. */
  #find(step: -1 | 0 | 1): void {
    const wanted = this.#search?.toLowerCase() ?? "";
    if (wanted === "") return;
    // What is searched for may lie in a closed branch.
    const all = rowsOf(this.#value, new Set());
    const here = all.findIndex(({ path }) => path === this.#rows()[this.#cursor]?.path);
    for (let i = 0; i < all.length; i++) {
      const at = (here + (step === 0 ? i : step * (i + 1)) + 2 * all.length) % all.length;
      const row = all[at];
      if (row === undefined) continue;
      const text = row.isBranch ? row.name : `${row.name} ${row.text}`;
      if (!text.toLowerCase().includes(wanted)) continue;
      for (const path of [...this.#closed]) {
        if (row.path.startsWith(path)) this.#closed.delete(path);
      }
      this.#cursor = this.#rows().findIndex(({ path }) => path === row.path);
      this.#told = "";
      return;
    }
    this.#told = `nothing has "${this.#search}"`;
  }
}
