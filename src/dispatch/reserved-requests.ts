interface Block {
  readonly reservedAtMs: number;
  left: number;
}

/** Requests that are reserved and in memory, oldest first; those of one reservation lapse together. */
export class ReservedRequests {
  readonly #blocks: Block[] = [];
  #count = 0;

  /** How many there are of those that were reserved at `oldestMs` or later; older ones are let go. */
  since(oldestMs: number): number {
    for (let first = this.#blocks[0]; first && first.reservedAtMs < oldestMs; first = this.#blocks[0]) {
      this.#count -= first.left;
      this.#blocks.shift();
    }
    return this.#count;
  }

  /** Adds some, or gives back one that was taken. */
  add(reservedAtMs: number, count: number): void {
    if (count <= 0) return;
    const at = this.#blocks.findLastIndex((block) => block.reservedAtMs <= reservedAtMs);
    const before = this.#blocks[at];
    if (before?.reservedAtMs === reservedAtMs) before.left += count;
    else this.#blocks.splice(at + 1, 0, { reservedAtMs, left: count });
    this.#count += count;
  }

  /** When the oldest of them was reserved, which is taken; absent: there is none. */
  take(): number | undefined {
    const first = this.#blocks[0];
    if (!first) return undefined;
    first.left -= 1;
    this.#count -= 1;
    if (first.left === 0) this.#blocks.shift();
    return first.reservedAtMs;
  }

  clear(): void {
    this.#blocks.length = 0;
    this.#count = 0;
  }
}
