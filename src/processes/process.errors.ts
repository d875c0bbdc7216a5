import type { Fault } from '../lib/fault.js';
import { KnownError } from '../lib/known-error.js';
import type { Process } from './process.js';
import type { KeyInProgress } from './process.store.js';

/** Nothing of that name is there, or this caller may not see it. */
export class NotFound extends KnownError {
  override readonly name = 'NotFound';
  readonly code = 'not-found';

  /** @param what  e.g. `connection "sales"` */
  constructor(what: string) {
    super(`There is no ${what}.`);
  }
}

/** The platform has no such definition, or none could be called so. */
export class DefinitionNotFound extends KnownError {
  override readonly name = 'DefinitionNotFound';
  readonly code = 'definition-not-found';

  constructor(definition: string, connection: string) {
    super(
      `Connection "${connection}" has no definition "${definition}"; GET /v1/connections/${connection}/definitions lists them.`,
    );
  }
}

/** The body is well formed and its values do not fit. */
export class Invalid extends KnownError {
  override readonly name = 'Invalid';
  readonly code = 'validation-failed';

  constructor(override readonly faults: readonly Fault[]) {
    super('Some values do not fit; "errors" names each with its remedy.');
  }
}

/** These credentials, or this platform, cannot do that at all. */
export class Unsupported extends KnownError {
  override readonly name = 'Unsupported';
  readonly code = 'capability-not-supported';
}

/** The caller lacks the scope for this very definition. */
export class SigningNotAllowed extends KnownError {
  override readonly name = 'SigningNotAllowed';
  readonly code = 'insufficient-scope';

  constructor(definition: string) {
    super(`Starting "${definition}" sends documents to be signed and needs the scope processes:sign.`);
  }
}

/** The caller's one scope is for signings. */
export class StartNotAllowed extends KnownError {
  override readonly name = 'StartNotAllowed';
  readonly code = 'insufficient-scope';

  constructor(definition: string) {
    super(`"${definition}" signs nothing, so it needs the scope processes:start.`);
  }
}

/** The connection's credentials were refused; nothing can be accepted for it until they are replaced. */
export class CredentialsRefused extends KnownError {
  override readonly name = 'CredentialsRefused';
  readonly code = 'connection-reauthorization-required';
  override readonly retryAfterSeconds = 60;

  /** @param reason  what the platform said and what would help, as the connection's state has it; `null`: not known */
  constructor(connection: string, reason: string | null) {
    const replace = `Replace them with PUT /v1/connections/${connection}/credentials.`;
    super(`The platform refuses the credentials of "${connection}". ${reason ?? replace}`);
  }
}

/** The same key came with another body before. */
export class KeyReused extends KnownError {
  override readonly name = 'KeyReused';
  readonly code = 'idempotency-key-reused';

  constructor(key: string) {
    super(`The idempotency key "${key}" belongs to another request; use a new key for this one.`);
  }
}

/** A process that is not closed has the same business key. */
export class BusinessKeyTaken extends KnownError {
  override readonly name = 'BusinessKeyTaken';
  readonly code = 'business-key-conflict';

  /** @param processId  `null`: the caller may not see it */
  constructor(
    businessKey: string,
    readonly processId: string | null,
  ) {
    super(
      `${processId === null ? 'A process' : `Process ${processId}`} is not closed and has the business key "${businessKey}".`,
    );
  }
}

/** Nobody knows yet which run to command, or whether there is one. */
export class RunUnknown extends KnownError {
  override readonly name = 'RunUnknown';
  readonly code = 'process-indeterminate';

  constructor(readonly processId: string) {
    super(
      `The run of process ${processId} is not known yet; send {"whenFound": true} to have the command carried out once it is.`,
    );
  }
}

/** There is nothing left to command. */
export class ProcessClosed extends KnownError {
  override readonly name = 'ProcessClosed';
  readonly code = 'process-closed';
  readonly processId: string;

  constructor(readonly process: Process) {
    super(`Process ${process.id} is closed: ${process.state}.`);
    this.processId = process.id;
  }
}

/** The command does not fit the state. */
export class InvalidState extends KnownError {
  override readonly name = 'InvalidState';
  readonly code = 'invalid-state';

  constructor(
    readonly processId: string,
    message: string,
  ) {
    super(message);
  }
}

/** The run belongs to another process. */
export class RunTaken extends KnownError {
  override readonly name = 'RunTaken';
  readonly code = 'conflict';

  constructor(nativeId: string) {
    super(`The run ${nativeId} belongs to another process; one run is one process's.`);
  }
}

/** Everything that this room refuses. */
export type ProcessError =
  | NotFound
  | KeyInProgress
  | DefinitionNotFound
  | Invalid
  | Unsupported
  | SigningNotAllowed
  | StartNotAllowed
  | CredentialsRefused
  | KeyReused
  | BusinessKeyTaken
  | RunUnknown
  | ProcessClosed
  | InvalidState
  | RunTaken;
