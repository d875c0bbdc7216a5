import { z } from 'zod';
import { valueFault, type Fault } from '../lib/fault.js';
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js';
import { KnownError, type Outcome } from '../lib/known-error.js';
import type { NativeFault, PlatformError } from '../platforms/platform.errors.js';
import type { Process } from './process.js';

/** The platform refused the start; nothing ran. */
export class StartRejected extends KnownError {
  override readonly name = 'StartRejected';
  readonly code = 'platform-rejected';
  readonly processId: string;
  readonly platform: NativeFault | null;

  constructor(process: Process) {
    super(process.failure?.message ?? 'The platform refused the start.');
    this.processId = process.id;
    this.platform = process.failure?.platform ?? null;
  }
}

/** What a refused command may be called. */
const refusalCodes = [
  'platform-rejected',
  'platform-permission-denied',
  'platform-outcome-unknown',
  'plan-restricted',
  'capability-not-supported',
  'not-found',
  'not-assignee',
  'task-already-completed',
] as const;

/** The platform refused a command on a run; the run goes on. */
export class CommandRefused extends KnownError {
  override readonly name = 'CommandRefused';
  readonly code: (typeof refusalCodes)[number];
  readonly platform: NativeFault | null;
  override readonly outcome: Outcome;
  override readonly faults: readonly Fault[];

  /** @param refusal  as the settled operation kept it: `{code, message, platform, faults?}` */
  constructor(refusal: Json) {
    const { code, message, platform, faults } = refusalOf(refusal);
    super(message);
    this.code = code;
    this.platform = platform;
    this.faults = faults;
    this.outcome = code === 'platform-outcome-unknown' ? 'unknown' : 'not_executed';
  }
}

function refusalOf(refusal: Json): Pick<CommandRefused, 'code' | 'message' | 'platform' | 'faults'> {
  const { code, message, platform, faults } = isJsonObject(refusal) ? refusal : {};
  return {
    code: refusalCodes.find((one) => one === code) ?? 'platform-rejected',
    message: typeof message === 'string' ? message : 'The platform refused the command.',
    platform: isJsonObject(platform) ? faultOf(platform) : null,
    faults: Faults.catch([]).parse(faults ?? []),
  };
}

/** Faults of values, as a settled operation keeps them. */
const Faults = z.array(
  z
    .object({ pointer: z.string(), code: z.string(), message: z.string() })
    .transform(({ pointer, code, message }): Fault => valueFault(pointer, code, message)),
);

function faultOf({ code, message, httpStatus }: JsonObject): NativeFault {
  return {
    code: typeof code === 'string' ? code : null,
    message: typeof message === 'string' ? message : null,
    httpStatus: typeof httpStatus === 'number' ? httpStatus : null,
  };
}

/** The platform could not be asked just now; what is stored still stands. */
export class LiveReadFailed extends KnownError {
  override readonly name = 'LiveReadFailed';
  readonly code = 'live-read-failed';
  readonly platform: NativeFault | null;

  constructor(
    readonly processId: string,
    cause: PlatformError,
  ) {
    super(`The platform could not be asked about process ${processId}: ${cause.message}`, { cause });
    this.platform = cause.native;
  }
}

/** The call went out and no trustworthy answer came back. */
export class OutcomeUnknown extends KnownError {
  override readonly name = 'OutcomeUnknown';
  readonly code = 'platform-outcome-unknown';
  override readonly outcome = 'unknown';
  readonly platform: NativeFault | null;

  /** @param cause  `null`: the call was an earlier request's with the same key */
  constructor(
    readonly processId: string,
    cause: PlatformError | null,
  ) {
    super(
      `The call went out and may have been carried out: ${cause?.message ?? 'no answer to it was ever stored.'}`,
      cause ? { cause } : {},
    );
    this.platform = cause?.native ?? null;
  }
}

/** Nothing was accepted under this key so far, which proves nothing. */
export class KeyUnknown extends KnownError {
  override readonly name = 'KeyUnknown';
  readonly code = 'not-found';

  constructor(key: string) {
    super(
      `Nothing is accepted under "${key}" so far. That proves nothing: repeat the command with the same key, never another.`,
    );
  }
}

/** What became of a command or a look, where that is no success. */
export type OutcomeError = StartRejected | CommandRefused | LiveReadFailed | OutcomeUnknown | KeyUnknown;
