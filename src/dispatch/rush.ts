import type { Opening } from './gate.js';

/** So many starts that nobody waits for, under way to the database at once, are a rush. */
const many = 16;
/** Between two of its packets a rush is not over. */
const lullMs = 100;
/** A rush has the right of way for so long; one that goes on shares with what waits to be sent. */
const longestMs = 10_000;
const pauseMs = 1000;

/** How often the queue is looked at in a rush, and how many starts may leave it then: a hundred a second. */
const pace = { everyMs: 50, starts: 5 } as const;

/**
 * Whether starts that nobody waits for come faster than they can be sent. Accepting them and sending those before them take
 * the same processor; accepted first, all of them are safe and their callers gone sooner.
 */
export class Rush {
  #coming = 0;
  #sinceMs = 0;
  #seenAtMs = Number.NEGATIVE_INFINITY;
  #turn: NodeJS.Timeout | null = null;

  /** @param now  milliseconds of a clock that only goes forward */
  constructor(private readonly now: () => number) {}

  /** One start more that nobody waits for; what is given back is called once, when it is accepted, or is not. */
  comes(): () => void {
    this.#coming += 1;
    if (this.#coming >= many) this.#seen();
    return () => {
      this.#coming -= 1;
    };
  }

  get isOn(): boolean {
    const now = this.now();
    return now - this.#seenAtMs < lullMs && now - this.#sinceMs < longestMs;
  }

  /** Has the queue looked at: at once, or in its turn, which all share who ask in a rush. */
  look(claim: () => void): void {
    if (!this.isOn) return claim();
    this.#turn ??= setTimeout(() => {
      this.#turn = null;
      claim();
    }, pace.everyMs);
  }

  /** What may be claimed now: of starts few in a rush, those of one connection after those of another. */
  paced(openings: readonly Opening[]): readonly Opening[] {
    if (!this.isOn) return openings;
    let left: number = pace.starts;
    return openings.map((opening) => {
      const starts = Math.min(opening.starts, left);
      left -= starts;
      return { ...opening, starts };
    });
  }

  end(): void {
    if (this.#turn) clearTimeout(this.#turn);
  }

  #seen(): void {
    const now = this.now();
    if (now - this.#seenAtMs > pauseMs) this.#sinceMs = now;
    this.#seenAtMs = now;
  }
}
