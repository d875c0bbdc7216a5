import { askSignedIn } from '../connections/ask-signed-in.js';
import type { Portal, Portals } from '../connections/portals.js';
import type { Clock } from '../lib/clock.js';
import { NotSent } from '../lib/exchange.js';
import type { Log } from '../lib/log.js';
import { Busy, InDoubt, PlatformError, Unreached } from '../platforms/platform.errors.js';
import type { Call, Platform } from '../platforms/platform.js';
import { Breaker } from './breaker.js';
import type { Verdict } from './verdict.js';

const tickMs = 250;
const readLimitMs = 10_000;

export interface BreakersParts {
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/** The breakers of this replica, one for each connection. */
export class Breakers {
  readonly #breakers = new Map<string, Breaker>();
  readonly #asking = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #portals: Portals | null = null;
  #closed: () => void = () => {};

  constructor(private readonly parts: BreakersParts) {}

  /**
   * Begins to ask portals whose breaker is open.
   *
   * @param closed  told when one is worth attempts again
   */
  begin(portals: Portals, closed: () => void): void {
    this.#portals = portals;
    this.#closed = closed;
    this.#timer = setInterval(() => this.tick(), tickMs);
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#asking);
  }

  of(connectionKey: string): Breaker {
    const breaker = this.#breakers.get(connectionKey) ?? new Breaker();
    this.#breakers.set(connectionKey, breaker);
    return breaker;
  }

  /** For how long nothing may be tried at a connection; 0: it may. */
  waitMs(connectionKey: string): number {
    return this.#breakers.get(connectionKey)?.waitMs(this.parts.now()) ?? 0;
  }

  /** What is known of each connection that was tried. */
  all(): ReadonlyMap<string, Breaker> {
    return this.#breakers;
  }

  /** What an attempt has shown. */
  noteVerdict(connectionKey: string, verdict: Verdict<unknown>): void {
    if (verdict.is === 'unknown') this.#failed(connectionKey, verdict.message);
    else if (verdict.is === 'again') this.noteError(connectionKey, verdict.error);
    else this.#answered(connectionKey);
  }

  /** What a sign-in or a read has shown that failed. */
  noteError(connectionKey: string, error: PlatformError): void {
    if (saysNothing(error)) return;
    if (isFailure(error)) this.#failed(connectionKey, error.message);
    else this.#answered(connectionKey);
  }

  /** Asks each portal whose time has come. */
  tick(): void {
    const portals = this.#portals;
    if (!portals) return;
    for (const [key, breaker] of this.#breakers) {
      if (!breaker.asks(this.parts.now())) continue;
      const asking = this.#ask(portals, key).finally(() => this.#asking.delete(asking));
      this.#asking.add(asking);
    }
  }

  async #ask(portals: Portals, key: string): Promise<void> {
    const { clock, log, now } = this.parts;
    try {
      const portal = await portals.of(key);
      if (!portal) {
        this.#breakers.delete(key);
        return;
      }
      await cheapRead(portals, portal);
      this.#answered(key);
    } catch (error) {
      if (error instanceof PlatformError && !isFailure(error)) {
        this.#answered(key);
        return;
      }
      if (!(error instanceof PlatformError)) log.error('breaker.failed', { connection: key, error });
      const message = error instanceof Error ? error.message : 'unknown';
      this.of(key).askedInVain({ at: clock.now(), message }, now());
    }
  }

  #answered(connectionKey: string): void {
    if (!this.of(connectionKey).answered(this.parts.clock.now())) return;
    this.parts.log.info('breaker.closed', { connection: connectionKey });
    this.#closed();
  }

  #failed(connectionKey: string, message: string): void {
    const { clock, now, log } = this.parts;
    if (!this.of(connectionKey).failed({ at: clock.now(), message }, now())) return;
    log.warn('breaker.opened', { connection: connectionKey, message });
  }
}

async function cheapRead(portals: Portals, portal: Portal): Promise<void> {
  const call = { signal: AbortSignal.timeout(readLimitMs) };
  const reach = portal.platform.checks.find(({ name }) => name === 'reach');
  if (reach) await reach.run(call);
  else await askSignedIn(portals, portal, readDefinitions, call);
}

async function readDefinitions(platform: Platform, call: Call): Promise<void> {
  await platform.definitions(call);
}

function isFailure(error: PlatformError): boolean {
  return error instanceof Unreached || error instanceof InDoubt;
}

/** Held back by ourselves: the portal was not asked. */
function saysNothing(error: PlatformError): boolean {
  const { cause } = error;
  const isOurs = cause instanceof NotSent && (cause.because === 'denied' || cause.because === 'unpaid');
  return isOurs || (error instanceof Busy && error.because === 'credentials' && error.native === null);
}
