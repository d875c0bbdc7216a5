/** Where the log of the source was, at a time of our monotonic clock. */
interface Mark {
  readonly atMs: number;
  readonly position: bigint;
}

/** More are not needed: a copy that is so many looks behind is not read from. */
const mostMarks = 200;

/**
 * How old a copy is, by what its source had written when and what the copy has replayed. So an idle source makes no copy
 * old, and a copy that hears nothing any more does not seem new. Knows no clock.
 */
export class CopyAge {
  #marks: Mark[] = [];
  #reachedAtMs: number | null = null;

  /** The source had written up to `position` after `atMs`. */
  wrote({ atMs, position }: Mark): void {
    const last = this.#marks.at(-1);
    // An older state of the source was put back, or another one took its place.
    if (last && position < last.position) this.forget();
    this.#marks = [...this.#marks, { atMs, position }].slice(-mostMarks);
  }

  /** The copy has replayed up to `position`. */
  replayed(position: bigint): void {
    const reached = this.#marks.findLastIndex((mark) => mark.position <= position);
    if (reached === -1) return;
    this.#reachedAtMs = this.#marks[reached]?.atMs ?? null;
    this.#marks = this.#marks.slice(reached);
  }

  /** What the copy shows was so at most as many milliseconds before `nowMs`; `null`: nobody knows. */
  at(nowMs: number): number | null {
    return this.#reachedAtMs === null ? null : nowMs - this.#reachedAtMs;
  }

  forget(): void {
    this.#marks = [];
    this.#reachedAtMs = null;
  }
}
