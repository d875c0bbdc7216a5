import { Busy } from '../platform.errors.js';
import type { MethodUse } from '../run.js';
import type { PortalTime } from './portal-time.js';

/**
 * Seconds of work that one method may cost in ten minutes: the example of the vendor's page, and what its own library
 * counts with. The cloud's own number is not published. Source: b24restdocs limits.md; b24jssdk.
 */
const allowedSeconds = 480;

/**
 * The time of a reset is told in whole seconds, cut off; who comes within that second is refused again, and then nobody
 * knows until when. The vendor's own library waits as long. Source: b24jssdk.
 */
const cutOffMs = 1000;

/** What the methods of one portal have cost, as its answers tell it. */
export class MethodWork {
  /** When a method's window begins anew, by our clock. */
  readonly #resetsAt = new Map<string, Date>();

  constructor(private readonly spent: (use: MethodUse) => void) {}

  /** @param aheadMs  how much the portal's clock is ahead of ours; `null`: taken as equal */
  learn(method: string, time: PortalTime | null, aheadMs: number | null): void {
    if (!time) return;
    const { operating, operating_reset_at: resetSeconds } = time;
    const resetsAt = resetSeconds === undefined ? null : new Date(resetSeconds * 1000 + cutOffMs - (aheadMs ?? 0));
    if (resetsAt) this.#resetsAt.set(method, resetsAt);
    if (operating !== undefined) this.spent({ method, operatingSeconds: operating, allowedSeconds, resetsAt });
  }

  /**
   * The same error, and where a method has used up its work: which one, and until when. Refusals mostly tell no time, so
   * that of the method's last answer counts.
   */
  limited(error: unknown, method: string, now: () => number): unknown {
    if (!(error instanceof Busy) || error.native?.code !== 'OPERATION_TIME_LIMIT') return error;
    const resetsInMs = (this.#resetsAt.get(method)?.getTime() ?? 0) - now();
    const retryAfterMs = error.retryAfterMs ?? (resetsInMs > 0 ? resetsInMs : null);
    return new Busy('limit', error.message, error.native, retryAfterMs, { method, cause: error });
  }
}
