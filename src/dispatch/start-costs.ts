/** What a start is taken to cost before one was measured: two of them in a request, and the next knows better. */
const untoldMs = 2500;
/** How much of what was believed stays when a start was quicker; when one was slower, nothing. */
const memory = 0.7;

/** One start as far as its cost goes. */
interface Start {
  readonly connection: string;
  readonly definition: string;
}

/** How long portals take for a start of each definition, by what requests took: so many may ride in one. */
export class StartCosts {
  readonly #ms = new Map<string, number>();

  /** In milliseconds. */
  of(start: Start): number {
    return this.#ms.get(keyOf(start)) ?? untoldMs;
  }

  /**
   * A request took so long; what it took beyond what was expected is shared among its starts.
   *
   * @param began  false: they were turned away, or nobody knows; that they take longer is to be learnt from that, never less
   */
  measured(starts: readonly Start[], tookMs: number, began = true): void {
    const expectedMs = starts.reduce((sum, start) => sum + this.of(start), 0);
    if (!began && tookMs <= expectedMs) return;
    const costs = new Map(starts.map((start) => [keyOf(start), this.of(start) * (tookMs / expectedMs)]));
    for (const [key, ms] of costs) {
      const before = this.#ms.get(key) ?? ms;
      this.#ms.set(key, Math.max(1, ms, before * memory + ms * (1 - memory)));
    }
  }
}

function keyOf({ connection, definition }: Start): string {
  return `${connection}|${definition}`;
}
