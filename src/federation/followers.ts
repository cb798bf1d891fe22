/** The nodes that follow this registry's feed now. */
export class Followers {
  readonly #counts = new Map<string, number>();

  /** Notes that a node's stream has begun; the returned function, that it has ended. */
  came(node_id: string): () => void {
    this.#counts.set(node_id, (this.#counts.get(node_id) ?? 0) + 1);
    let isThere = true;
    return () => {
      if (!isThere) return;
      isThere = false;
      const left = (this.#counts.get(node_id) ?? 1) - 1;
      if (left === 0) this.#counts.delete(node_id);
      else this.#counts.set(node_id, left);
    };
  }

  has(node_id: string): boolean {
    return this.#counts.has(node_id);
  }
}
