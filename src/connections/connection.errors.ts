import type { Fault } from '../lib/fault.js';
import { KnownError } from '../lib/known-error.js';
import type { KitError } from './kit.errors.js';
import type { ConsentError } from './consent.errors.js';

/** There is no such connection, or its reader may not see it. */
export class ConnectionNotFound extends KnownError {
  override readonly name = 'ConnectionNotFound';
  readonly code = 'not-found';

  constructor(key: string) {
    super(`There is no connection "${key}".`);
  }
}

/** Another connection has this key. */
export class ConnectionKeyTaken extends KnownError {
  override readonly name = 'ConnectionKeyTaken';
  readonly code = 'conflict';

  constructor(key: string) {
    super(`There is a connection "${key}" already; choose another key, or change that one.`);
  }
}

/** It cannot go while processes of it are not closed. */
export class ConnectionInUse extends KnownError {
  override readonly name = 'ConnectionInUse';
  readonly code = 'conflict';

  constructor(key: string) {
    super(`The connection "${key}" has processes that are not closed; end or close them first.`);
  }
}

/** It was changed since its editor read it. */
export class ConnectionChanged extends KnownError {
  override readonly name = 'ConnectionChanged';
  readonly code = 'precondition-failed';

  constructor(key: string) {
    super(`The connection "${key}" was changed since you read it; read it again and repeat the change.`);
  }
}

/** What was sent about a connection does not fit. Any fault of shape makes it malformed, and then only those count. */
export class ConnectionUnfit extends KnownError {
  override readonly name = 'ConnectionUnfit';
  readonly code: 'malformed-request' | 'validation-failed';
  override readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const shape = faults.filter(({ kind }) => kind === 'shape');
    const counting = shape.length > 0 ? shape : faults;
    super(`The connection does not fit: ${counting.map(({ pointer }) => pointer || 'the whole of it').join(', ')}`);
    this.code = shape.length > 0 ? 'malformed-request' : 'validation-failed';
    this.faults = counting;
  }
}

/** An address that the gateway must not call. */
export class EgressDenied extends KnownError {
  override readonly name = 'EgressDenied';
  readonly code = 'egress-denied';

  constructor(override readonly faults: readonly Fault[]) {
    super(`The gateway must not call this address: ${faults.map(({ message }) => message).join(' ')}`);
  }
}

/** The portal has no such definition. */
export class DefinitionNotFound extends KnownError {
  override readonly name = 'DefinitionNotFound';
  readonly code = 'definition-not-found';

  constructor(connectionKey: string, definition: string) {
    super(`The connection "${connectionKey}" has no definition "${definition}".`);
  }
}

/** This portal gives no list of its definitions. */
export class DefinitionsNotListed extends KnownError {
  override readonly name = 'DefinitionsNotListed';
  readonly code = 'capability-not-supported';

  constructor(connectionKey: string) {
    super(`The portal of "${connectionKey}" gives no list of its definitions; start one by its identifier.`);
  }
}

export type ConnectionError =
  | ConnectionNotFound
  | ConnectionKeyTaken
  | ConnectionInUse
  | ConnectionChanged
  | ConnectionUnfit
  | EgressDenied
  | DefinitionNotFound
  | DefinitionsNotListed
  | ConsentError
  | KitError;
