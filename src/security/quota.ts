import type { QuotaStore } from './quota.store.js';

/** What a client has left of its quota, in the words of RateLimit. */
export interface Allowance {
  readonly isOver: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Until the window ends and the quota is whole again. */
  readonly resetSeconds: number;
}

/** What this replica knows of a client's window. */
interface Window {
  readonly endsAtMs: number;
  /** Given away by all replicas, as far as this one knows. */
  readonly taken: number;
  /** Of what was given to this replica. */
  readonly left: number;
  /** Nothing more is given until the window ends. */
  readonly isEmpty: boolean;
}

export const windowSeconds = 60;

/** A replica takes a twentieth of a quota at a time, so that a busy client costs one statement in so many requests. */
const sharesOfQuota = 20;

/**
 * Counts requests per client in windows of a minute, which begin with the first request. All replicas share one count, so
 * together they never let in more than the quota; what a replica took and did not use up is lost to the others.
 */
export class Quota {
  readonly #windows = new Map<string, Window>();
  readonly #asking = new Map<string, Promise<void>>();

  /** @param now  milliseconds of a clock that only goes forward */
  constructor(
    private readonly store: QuotaStore,
    private readonly now: () => number,
  ) {}

  /** Counts one request of a client whose quota is `limit` a minute. */
  async take(clientId: string, limit: number): Promise<Allowance> {
    for (;;) {
      const window = this.#open(clientId);
      if (window?.isEmpty) return this.#allowance(window, limit);
      if (window && window.left > 0) {
        const used = { ...window, left: window.left - 1 };
        this.#windows.set(clientId, used);
        return this.#allowance(used, limit);
      }
      await this.#ask(clientId, limit);
    }
  }

  #open(clientId: string): Window | null {
    const window = this.#windows.get(clientId);
    if (window && window.endsAtMs > this.now()) return window;
    this.#windows.delete(clientId);
    return null;
  }

  /** Requests that come while the store is asked wait for the same answer. */
  #ask(clientId: string, limit: number): Promise<void> {
    const asking = this.#asking.get(clientId) ?? this.#asked(clientId, limit);
    this.#asking.set(clientId, asking);
    return asking;
  }

  async #asked(clientId: string, limit: number): Promise<void> {
    const askedAtMs = this.now();
    try {
      const { granted, taken, leftMs } = await this.store.take(clientId, Math.ceil(limit / sharesOfQuota), limit);
      const endsAtMs = askedAtMs + leftMs;
      this.#windows.set(clientId, { endsAtMs, taken, left: granted, isEmpty: granted === 0 });
    } finally {
      this.#asking.delete(clientId);
    }
  }

  #allowance({ isEmpty, taken, left, endsAtMs }: Window, limit: number): Allowance {
    return {
      isOver: isEmpty,
      limit,
      remaining: isEmpty ? 0 : Math.max(0, limit - taken + left),
      resetSeconds: Math.max(1, Math.ceil((endsAtMs - this.now()) / 1000)),
    };
  }
}
