import { KnownError } from '../lib/known-error.js';

/** A request that was sent before the database was restored may still be running. */
export class HoldTooYoung extends KnownError {
  override readonly name = 'HoldTooYoung';
  readonly code = 'invalid-state';

  constructor(readonly until: Date) {
    super(
      `Requests from before the database was restored may still run until ${until.toISOString()}; nothing can be released before that.`,
    );
  }
}
