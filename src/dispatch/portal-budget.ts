import type { Bucket, RequestKind } from './leaky-bucket.js';
import { readAtLeastEverySeconds } from './leaky-bucket.js';
import type { BudgetGrant, BudgetStore } from '../connections/budget.store.js';
import type { Clock } from '../lib/clock.js';
import { remainingOf, type Remaining } from './budget-remaining.js';
import { BudgetTurns, type Denied, type Reserved } from './budget-turns.js';
import { RecentUse } from './recent-use.js';
import { ReservedRequests } from './reserved-requests.js';

/** A paid request that has not gone out yet. Given back once, whether it went out or not. */
export interface Token {
  release(): void;
}

/** How long after a start found no room new ones stay behind those that wait. */
const scarceForMs = 2000;

/**
 * The share of this replica in one portal's bucket. Requests are reserved in the database before they go out, those of
 * starts in blocks; what of a block is not used soon is void, since the portal's bucket did not hold it in between.
 */
export class PortalBudget {
  readonly #kept = new ReservedRequests();
  readonly #turns = new BudgetTurns((kind, count) => this.#reserveFor(kind, count));
  readonly #deniedUntilMs: Record<RequestKind, number> = { command: 0, start: 0, read: 0 };
  readonly #use: RecentUse;
  #refilling = false;
  #closedUntilMs = 0;
  #waits = 0;
  /** How full the bucket was when it was asked last. */
  #level = 0;
  #levelAtMs = 0;
  #lastDeniedAtMs = Number.NEGATIVE_INFINITY;
  /** Tokens that are out, and how many of them have paid for a request that was not sent yet. */
  #out = 0;
  #prepaid = 0;

  /**
   * @param bucket  `null`: nothing limits this portal
   * @param now     milliseconds of a clock that only goes forward
   */
  constructor(
    private readonly portal: string,
    private readonly bucket: () => Bucket | null,
    private readonly parts: { readonly store: BudgetStore; readonly clock: Clock; now(): number },
  ) {
    this.#use = new RecentUse(() => parts.now());
  }

  /** How many requests can be taken without asking. */
  get inMemory(): number {
    const bucket = this.bucket();
    if (this.#closedMs > 0) return 0;
    if (!bucket) return Number.POSITIVE_INFINITY;
    return this.#kept.since(this.parts.now() - bucket.lapseMs);
  }

  /** How many starts can still be paid, those in memory among them, as far as is known without asking. */
  get left(): number {
    const bucket = this.bucket();
    if (!bucket) return Number.POSITIVE_INFINITY;
    const leaked = ((this.parts.now() - this.#levelAtMs) / 1000) * bucket.rate;
    return this.inMemory + Math.max(0, Math.floor(bucket.ceilings.start - Math.max(0, this.#level - leaked)));
  }

  /** For how long it is known that a request of this kind has no room; 0: it may have. */
  deniedMs(kind: RequestKind): number {
    const deniedMs = this.bucket() ? this.#deniedUntilMs[kind] - this.parts.now() : 0;
    return Math.max(this.#closedMs, deniedMs);
  }

  /** Whether starts have lately found no room. */
  get isScarce(): boolean {
    return this.bucket() !== null && this.parts.now() - this.#lastDeniedAtMs < scarceForMs;
  }

  /** A request out of memory; `null`: it has to be asked for. */
  takeNow(): Token | null {
    if (!this.bucket() && this.#closedMs === 0) return this.#token(null);
    const reservedAtMs = this.inMemory > 0 ? this.#kept.take() : undefined;
    return reservedAtMs === undefined ? null : this.#token(reservedAtMs);
  }

  /** A request, or for how long there is no room. */
  async take(kind: 'command' | 'start'): Promise<Token | Denied> {
    const now = this.takeNow();
    if (now) return now;
    const taken = await this.#ask(kind);
    return typeof taken === 'number' ? this.#token(taken) : taken;
  }

  /** A request that goes out at once. */
  async spend(kind: RequestKind): Promise<Denied | null> {
    if (!this.bucket() && this.#closedMs === 0) return null;
    if (kind !== 'read' && this.#prepaid > 0) {
      this.#prepaid -= 1;
      return null;
    }
    const taken = await this.#ask(kind);
    if (typeof taken !== 'number') return taken;
    this.#use.count();
    return null;
  }

  /** Reserves starts for what waits. True: some more are in memory. */
  async refill(count: number): Promise<boolean> {
    const wanted = count - this.inMemory;
    if (wanted <= 0 || this.#refilling || this.deniedMs('start') > 0) return false;
    this.#refilling = true;
    const askedAtMs = this.parts.now();
    try {
      const { granted } = await this.#reserve('start', wanted, wanted);
      this.#kept.add(askedAtMs, granted);
      return granted > 0;
    } finally {
      this.#refilling = false;
    }
  }

  /** The portal refused for its limit. Where no rate is set, other replicas find that out by themselves. */
  async close(forMs: number | null): Promise<void> {
    const bucket = this.bucket();
    this.#kept.clear();
    this.#closedUntilMs = this.parts.now() + (forMs ?? (bucket ? 1000 / bucket.rate : 0));
    if (bucket) await this.parts.store.close(this.portal, bucket.burst, forMs);
  }

  /** What is left for commands, who may use the most. */
  async remaining(): Promise<Remaining> {
    const bucket = this.bucket();
    if (!bucket) return { remaining: null, resetsAt: null };
    return remainingOf(bucket, await this.parts.store.level(this.portal, bucket.rate), this.parts.clock.now());
  }

  /** How often a request found no room. */
  get waits(): number {
    return this.#waits;
  }

  get #closedMs(): number {
    return Math.max(0, this.#closedUntilMs - this.parts.now());
  }

  #token(reservedAtMs: number | null): Token {
    this.#use.count();
    this.#out += 1;
    this.#prepaid += 1;
    let released = false;
    return {
      release: () => {
        if (released) return;
        released = true;
        this.#out -= 1;
        if (this.#prepaid <= this.#out) return;
        this.#prepaid = this.#out;
        if (reservedAtMs !== null) this.#kept.add(reservedAtMs, 1);
      },
    };
  }

  async #ask(kind: RequestKind): Promise<number | Denied> {
    const deniedMs = this.deniedMs(kind);
    if (deniedMs > 0) return { waitMs: deniedMs };
    return this.#turns.ask(kind);
  }

  async #reserveFor(kind: RequestKind, count: number): Promise<Reserved> {
    const askedAtMs = this.parts.now();
    // At most what was used in the last second, so that little is void where the use ends.
    const block = kind === 'start' ? Math.max(count, Math.floor(this.#use.inLastSecond)) : count;
    const { granted, waitMs } = await this.#reserve(kind, block, count);
    this.#kept.add(askedAtMs, granted - count);
    return { granted, waitMs, askedAtMs };
  }

  async #reserve(kind: RequestKind, count: number, needed: number): Promise<BudgetGrant> {
    const bucket = this.bucket();
    if (!bucket) return { granted: count, waitMs: 0, level: 0 };
    const { ceilings, rate } = bucket;
    const trickle = kind === 'read' ? { ceiling: ceilings.command, everySeconds: readAtLeastEverySeconds } : null;
    const grant = await this.parts.store.reserve({
      portal: this.portal,
      rate,
      ceiling: ceilings[kind],
      count,
      trickle,
    });
    this.#level = grant.level;
    this.#levelAtMs = this.parts.now();
    if (grant.granted >= needed) return grant;
    this.#deniedUntilMs[kind] = this.parts.now() + grant.waitMs;
    this.#waits += needed - grant.granted;
    if (kind === 'start') this.#lastDeniedAtMs = this.parts.now();
    return grant;
  }
}
