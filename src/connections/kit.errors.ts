import { KnownError } from '../lib/known-error.js';
import type { InDoubt, NativeFault } from '../platforms/platform.errors.js';

/** No step can be registered with the credentials of this connection, or on its platform. */
export class KitNotSupported extends KnownError {
  override readonly name = 'KitNotSupported';
  readonly code = 'capability-not-supported';

  constructor(connectionKey: string) {
    super(
      `The portal lets "${connectionKey}" register no steps: put the address of ` +
        `POST /v1/connections/${connectionKey}/correlation-kit/report-token into a step of the template that calls it.`,
    );
  }
}

/** A part of the kit may be changed or not; the same again is safe. */
export class KitUncertain extends KnownError {
  override readonly name = 'KitUncertain';
  readonly code = 'platform-outcome-unknown';
  override readonly outcome = 'unknown';
  readonly platform: NativeFault | null;

  constructor(connectionKey: string, cause: InDoubt) {
    super(
      `Whether the kit at "${connectionKey}" was changed is not known: ${cause.message} Repeat the request; that is safe.`,
      { cause },
    );
    this.platform = cause.native;
  }
}

export type KitError = KitNotSupported | KitUncertain;
