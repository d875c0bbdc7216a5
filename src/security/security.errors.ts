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

export type SecurityError = NameTaken | ClientIsFixed;
