/** What a client has left of its quota, in the words of RateLimit. */
export interface Allowance {
  readonly isOver: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Until the window ends and the quota is whole again. */
  readonly resetSeconds: number;
}

interface Window {
  readonly endsAtMs: number;
  readonly used: number;
}

export const windowSeconds = 60;

/** Counts requests per client in windows of a minute; each replica counts for itself. */
export class Quota {
  readonly #windows = new Map<string, Window>();

  /** @param now  milliseconds of a clock that only goes forward */
  constructor(private readonly now: () => number) {}

  /** Counts one request of a client whose quota is `limit` a minute. */
  take(clientId: string, limit: number): Allowance {
    const now = this.now();
    const open = this.#windows.get(clientId);
    const window = open && open.endsAtMs > now ? open : { endsAtMs: now + windowSeconds * 1000, used: 0 };
    const isOver = window.used >= limit;
    const used = isOver ? window.used : window.used + 1;
    this.#windows.set(clientId, { ...window, used });
    return {
      isOver,
      limit,
      remaining: Math.max(0, limit - used),
      resetSeconds: Math.ceil((window.endsAtMs - now) / 1000),
    };
  }
}
