import { KnownError } from '../lib/known-error.js';

/** Another client has this name. */
export class NameTaken extends KnownError {
  override readonly name = 'NameTaken';
  readonly code = 'conflict';

  constructor(name: string) {
    super(`There is a client named "${name}" already.`);
  }
}

/** The gateway itself needs this client. */
export class ClientIsFixed extends KnownError {
  override readonly name = 'ClientIsFixed';
  readonly code = 'conflict';

  constructor(name: string) {
    super(`The gateway itself keeps the client "${name}"; it cannot be changed or removed here.`);
  }
}

/** An access token that proves nothing here. */
export class TokenRefused extends KnownError {
  override readonly name = 'TokenRefused';
  readonly code = 'unauthenticated';

  /** @param remedy  a sentence about "it", without a word of the token */
  constructor(remedy: string, options?: ErrorOptions) {
    super(`The access token cannot be used here. ${remedy}`, options);
  }
}

/** An access token names a key that is not known here, and its issuer cannot be asked now. */
export class IssuerKeysUnreadable extends KnownError {
  override readonly name = 'IssuerKeysUnreadable';
  readonly code = 'overloaded';

  constructor(override readonly retryAfterSeconds: number) {
    super(
      'The keys of the issuer of access tokens cannot be read at this moment, and this token is signed by one of them.',
    );
  }
}

export type SecurityError = NameTaken | ClientIsFixed | TokenRefused | IssuerKeysUnreadable;
