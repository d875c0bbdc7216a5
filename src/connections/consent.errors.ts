import { KnownError } from '../lib/known-error.js';
import type { NativeFault } from '../platforms/platform.errors.js';

const again = 'Nothing was stored; ask for a new address and consent again.';

/** What came back from a portal cannot be used. */
export class ConsentUnfit extends KnownError {
  override readonly name = 'ConsentUnfit';
  readonly code = 'malformed-request';

  constructor(
    why: string,
    readonly platform: NativeFault | null = null,
    options?: ErrorOptions,
  ) {
    super(`${why} ${again}`, options);
  }
}

/** The authorization server could not be asked. The state is used up, so the same request cannot help: no 503. */
export class ConsentUnasked extends KnownError {
  override readonly name = 'ConsentUnasked';
  readonly code = 'platform-bad-response';

  constructor(
    readonly platform: NativeFault | null,
    options?: ErrorOptions,
  ) {
    super(`The authorization server cannot be asked at this moment, and this consent is used up. ${again}`, options);
  }
}

/** No answer came that can be read: what came back from the portal may be used up. */
export class ConsentUnanswered extends KnownError {
  override readonly name = 'ConsentUnanswered';
  readonly code = 'platform-bad-response';

  constructor(
    readonly platform: NativeFault | null,
    options?: ErrorOptions,
  ) {
    super(
      `The authorization server gave no answer that can be read, and the consent may be used up. ${again}`,
      options,
    );
  }
}

/** These credentials are not had by consent. */
export class ConsentNotNeeded extends KnownError {
  override readonly name = 'ConsentNotNeeded';
  readonly code = 'capability-not-supported';

  constructor(connectionKey: string) {
    super(`The credentials of "${connectionKey}" need no consent at the portal; put others in with PUT …/credentials.`);
  }
}

export type ConsentError = ConsentUnfit | ConsentUnasked | ConsentUnanswered | ConsentNotNeeded;
