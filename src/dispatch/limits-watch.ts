import type { Connection } from '../connections/connection.js';
import type { PortalWatch } from '../connections/portal-watch.js';
import type { Portal } from '../connections/portals.js';
import type { Log } from '../lib/log.js';
import { Busy, type PlatformError } from '../platforms/platform.errors.js';
import type { Breakers } from './breakers.js';
import type { MethodLimits } from './method-limits.js';
import type { PortalBudgets } from './portal-budgets.js';
import type { Verdict } from './verdict.js';

export interface LimitsWatchParts {
  readonly budgets: PortalBudgets;
  readonly methods: MethodLimits;
  readonly breakers: Breakers;
  readonly log: Log;
}

/** Passes on what is learnt of a portal: to its breaker, and where it refused for a limit, to the budget that this is about. */
export class LimitsWatch implements PortalWatch {
  constructor(private readonly parts: LimitsWatchParts) {}

  known(connection: Connection): void {
    this.parts.budgets.know(connection);
  }

  gone(connectionKey: string): void {
    this.parts.budgets.forget(connectionKey);
  }

  failed(connection: Connection, error: PlatformError): void {
    this.parts.breakers.noteError(connection.key, error);
    if (error instanceof Busy && error.because === 'limit') this.#limited(connection, error);
  }

  /** What an attempt of an operation has shown. */
  attempted({ connection }: Portal, verdict: Verdict<unknown>): void {
    this.parts.breakers.noteVerdict(connection.key, verdict);
    if (verdict.is !== 'again' || !(verdict.error instanceof Busy)) return;
    if (verdict.because === 'limit') this.#limited(connection, verdict.error);
  }

  #limited(connection: Connection, { method, retryAfterMs }: Busy): void {
    const { budgets, methods, log } = this.parts;
    log.warn('portal.limited', { connection: connection.key, method, retryAfterMs });
    if (method !== null) {
      methods.refused(connection, method, retryAfterMs);
      return;
    }
    budgets
      .know(connection)
      .close(retryAfterMs)
      .catch((error: unknown) => log.error('limits.failed', { error }));
  }
}
