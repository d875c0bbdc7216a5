import type { BreakerState, Failing } from '../connections/portal-figures.js';

/** Consecutive failures after which nothing is tried any more. */
const opensAt = 5;
/** Seconds until the portal is asked again, by how often it was asked in vain. */
const asksAfterSeconds = [1, 2, 5, 10, 30, 60] as const;

/**
 * Whether a portal is worth an attempt. Failed dials and answers of unknown meaning count, refusals never: whoever refuses
 * is there. Once open, only cheap reads close it again.
 */
export class Breaker {
  #failures = 0;
  #asked = 0;
  #asksAtMs: number | null = null;
  #asking = false;
  #lastSuccessAt: Date | null = null;
  #lastFailure: Failing | null = null;

  get state(): BreakerState {
    if (this.#asksAtMs === null) return 'closed';
    return this.#asking ? 'half_open' : 'open';
  }

  get lastSuccessAt(): Date | null {
    return this.#lastSuccessAt;
  }

  get lastFailure(): Failing | null {
    return this.#lastFailure;
  }

  /** For how long nothing may be tried; 0: it may. While the portal is asked, at least a moment. */
  waitMs(nowMs: number): number {
    return this.#asksAtMs === null ? 0 : Math.max(1000, this.#asksAtMs - nowMs);
  }

  /** An answer that could be read. True: the breaker was open until now. */
  answered(at: Date): boolean {
    const wasOpen = this.#asksAtMs !== null;
    this.#failures = 0;
    this.#asked = 0;
    this.#asksAtMs = null;
    this.#asking = false;
    this.#lastSuccessAt = at;
    return wasOpen;
  }

  /** No connection, or no answer that could be read. True: the breaker opens by this. */
  failed(failing: Failing, nowMs: number): boolean {
    this.#failures += 1;
    this.#lastFailure = failing;
    if (this.#asksAtMs !== null || this.#failures < opensAt) return false;
    this.#asksAtMs = nowMs + this.#delayMs();
    return true;
  }

  /** Whether the portal is to be asked now; who is told so does it. */
  asks(nowMs: number): boolean {
    if (this.#asksAtMs === null || this.#asking || nowMs < this.#asksAtMs) return false;
    this.#asking = true;
    return true;
  }

  /** The portal was asked in vain. */
  askedInVain(failing: Failing, nowMs: number): void {
    this.#lastFailure = failing;
    this.#asking = false;
    this.#asked += 1;
    this.#asksAtMs = nowMs + this.#delayMs();
  }

  #delayMs(): number {
    return (asksAfterSeconds[this.#asked] ?? 60) * 1000;
  }
}
