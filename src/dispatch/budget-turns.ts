import type { RequestKind } from './leaky-bucket.js';

/** There is no room; in `waitMs` there may be. */
export interface Denied {
  readonly waitMs: number;
}

/** What was reserved for those who wait; what goes beyond them is not theirs. */
export interface Reserved {
  readonly granted: number;
  /** For those who got none. */
  readonly waitMs: number;
  /** When it was asked for, by the clock of the budget. */
  readonly askedAtMs: number;
}

interface Waiting {
  resolve(reservedAtMs: number | Denied): void;
  reject(error: unknown): void;
}

const kinds: readonly RequestKind[] = ['command', 'start', 'read'];

/** Requests that wait to be reserved: one statement at a time, for everybody who waits by then; commands first. */
export class BudgetTurns {
  readonly #waiting: Readonly<Record<RequestKind, Waiting[]>> = { command: [], start: [], read: [] };
  #asking = false;

  constructor(private readonly reserve: (kind: RequestKind, count: number) => Promise<Reserved>) {}

  /** When the request was reserved, or for how long there is no room. */
  async ask(kind: RequestKind): Promise<number | Denied> {
    const answer = new Promise<number | Denied>((resolve, reject) => this.#waiting[kind].push({ resolve, reject }));
    if (!this.#asking) void this.#askForAll();
    return answer;
  }

  async #askForAll(): Promise<void> {
    this.#asking = true;
    for (let kind = this.#next(); kind; kind = this.#next()) await this.#askFor(kind, this.#waiting[kind].splice(0));
    this.#asking = false;
  }

  #next(): RequestKind | undefined {
    return kinds.find((kind) => this.#waiting[kind].length > 0);
  }

  async #askFor(kind: RequestKind, waiting: readonly Waiting[]): Promise<void> {
    try {
      const { granted, waitMs, askedAtMs } = await this.reserve(kind, waiting.length);
      waiting.forEach((one, index) => one.resolve(index < granted ? askedAtMs : { waitMs }));
    } catch (error) {
      for (const one of waiting) one.reject(error);
    }
  }
}
