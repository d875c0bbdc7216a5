import { KnownError, type Outcome } from '../lib/known-error.js';

/** A bulk that ended before its end: what came before stands, what follows was not looked at. */
export class BulkStopped extends KnownError {
  override readonly name = 'BulkStopped';
  override readonly outcome: Outcome;

  /** @param taken  how many starts before were accepted, which nobody hears now */
  constructor(
    readonly code: 'malformed-request' | 'payload-too-large',
    message: string,
    taken: number,
    options?: ErrorOptions,
  ) {
    const before =
      taken === 0
        ? 'Nothing was started.'
        : `Starts before it that were taken: ${taken}; repeat all of them with the same keys.`;
    super(`${message} ${before}`, options);
    this.outcome = taken === 0 ? 'not_executed' : 'executed';
  }
}
