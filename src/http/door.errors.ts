import type { Fault } from '../lib/fault.js';
import { KnownError } from '../lib/known-error.js';
import type { NativeFault } from '../platforms/platform.errors.js';

/** The body is not what the contract describes at all. */
export class MalformedRequest extends KnownError {
  override readonly name = 'MalformedRequest';
  readonly code = 'malformed-request';

  constructor(
    message: string,
    override readonly faults: readonly Fault[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** One thing that is wrong with a query parameter. */
export interface ParameterFault {
  readonly parameter: string;
  readonly code: string;
  readonly message: string;
}

/** The query is not what the contract describes. */
export class MalformedQuery extends KnownError {
  override readonly name = 'MalformedQuery';
  readonly code = 'malformed-request';

  constructor(readonly parameters: readonly ParameterFault[]) {
    super(`The query cannot be used: ${parameters.map(({ parameter }) => parameter).join(', ')}`);
  }
}

/** The platform has no list of signing providers for the company that the query names. */
export class CompanyNotServed extends KnownError {
  override readonly name = 'CompanyNotServed';
  readonly code = 'platform-rejected';
  readonly parameters: readonly ParameterFault[];

  constructor(
    parameter: string,
    readonly platform: NativeFault | null,
    options: ErrorOptions & { readonly isUnknown: boolean },
  ) {
    const message = options.isUnknown
      ? 'The portal knows no such company; name one of its own companies ("my company"), by its number in the CRM or its uuid.'
      : 'The portal cannot list the signing providers of this company; "platform" holds its words.';
    super(message, options);
    this.parameters = [{ parameter, code: options.isUnknown ? 'unknown' : 'not-served', message }];
  }
}

/** A well-formed body whose values do not fit, or that lacks a required field. */
export class ValidationFailed extends KnownError {
  override readonly name = 'ValidationFailed';
  readonly code = 'validation-failed';

  constructor(override readonly faults: readonly Fault[]) {
    super(`The body does not fit: ${faults.map(({ pointer }) => pointer || 'the whole of it').join(', ')}`);
  }
}

/** What the door refuses by its code alone. */
class Refusal<Code extends string> extends KnownError {
  constructor(
    readonly code: Code,
    message: string,
    override readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

/** Nothing is at this address, or this caller may not see it. */
export class NotFound extends Refusal<'not-found'> {
  override readonly name = 'NotFound';

  constructor(message = 'Nothing is at this address.') {
    super('not-found', message);
  }
}

/** The address exists but takes other methods. */
export class MethodNotAllowed extends Refusal<'method-not-allowed'> {
  override readonly name = 'MethodNotAllowed';

  constructor(
    method: string,
    readonly allowed: readonly string[],
  ) {
    super('method-not-allowed', `This address does not take ${method}; it takes ${allowed.join(', ')}.`);
  }
}

/** No key, or none that is valid. */
export class Unauthenticated extends Refusal<'unauthenticated'> {
  override readonly name = 'Unauthenticated';

  /**
   * @param hadKey  whether there was one to try
   * @param remedy  where it is no API key that is asked for
   */
  constructor(
    readonly hadKey: boolean,
    remedy?: string,
  ) {
    const ofKey = hadKey
      ? 'The API key is unknown, revoked or expired.'
      : 'Send an API key as Authorization: Bearer KEY.';
    super('unauthenticated', remedy ?? ofKey);
  }
}

/** Known, and not permitted. */
export class Forbidden extends Refusal<
  'insufficient-scope' | 'host-not-allowed' | 'origin-not-allowed' | 'address-not-allowed'
> {
  override readonly name = 'Forbidden';
}

/** Known, and without any of the scopes that open the route. */
export class InsufficientScope extends Refusal<'insufficient-scope'> {
  override readonly name = 'InsufficientScope';

  constructor(readonly scopes: readonly string[]) {
    super('insufficient-scope', `This needs the scope ${scopes.join(' or ')}.`);
  }
}

export class IdempotencyKeyUnusable extends Refusal<'idempotency-key-missing' | 'idempotency-key-invalid'> {
  override readonly name = 'IdempotencyKeyUnusable';
}

/** `If-Match` is missing, or names a state that is gone. */
export class PreconditionUnmet extends Refusal<'precondition-required' | 'precondition-failed'> {
  override readonly name = 'PreconditionUnmet';
}

/** The body, the header or the type of it is over what the door takes. */
export class Unreadable extends Refusal<
  'payload-too-large' | 'unsupported-media-type' | 'headers-too-large' | 'not-acceptable'
> {
  override readonly name = 'Unreadable';
}

/** Not now. */
export class NotNow extends Refusal<'quota-exceeded' | 'shutting-down' | 'overloaded'> {
  override readonly name = 'NotNow';
}

/** The database cannot be reached or used; a command may have been committed. */
export class Overloaded extends KnownError {
  override readonly name = 'Overloaded';
  readonly code = 'overloaded';
  override readonly retryAfterSeconds = 2;

  constructor(
    override readonly outcome: 'not_executed' | 'unknown',
    options?: ErrorOptions,
  ) {
    super('The database cannot be used at this moment.', options);
  }
}

export type DoorError =
  | MalformedRequest
  | MalformedQuery
  | CompanyNotServed
  | ValidationFailed
  | NotFound
  | MethodNotAllowed
  | Unauthenticated
  | Forbidden
  | InsufficientScope
  | IdempotencyKeyUnusable
  | PreconditionUnmet
  | Unreadable
  | NotNow
  | Overloaded;
