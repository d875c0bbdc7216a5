import { KnownError } from '../lib/known-error.js';
import {
  Busy,
  InDoubt,
  Refused,
  type NativeFault,
  type PlatformError,
  type RefusedBecause,
} from './platform.errors.js';

/** The platform cannot be asked now. */
export class PlatformUnavailable extends KnownError {
  override readonly name = 'PlatformUnavailable';
  readonly code = 'platform-unavailable';

  constructor(
    message: string,
    readonly platform: NativeFault | null,
    override readonly retryAfterSeconds: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The platform was asked, and what came back cannot be read. */
export class PlatformBadResponse extends KnownError {
  override readonly name = 'PlatformBadResponse';
  readonly code = 'platform-bad-response';

  constructor(
    message: string,
    readonly platform: NativeFault | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The platform takes the connection's credentials no more; a person has to renew them. */
export class ReauthorizationRequired extends KnownError {
  override readonly name = 'ReauthorizationRequired';
  readonly code = 'connection-reauthorization-required';
  override readonly retryAfterSeconds = 60;

  constructor(
    message: string,
    readonly platform: NativeFault | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What a refusal is called, of a read and of a command. */
export const codeOfRefusal = {
  rejected: 'platform-rejected',
  not_found: 'platform-rejected',
  done: 'platform-rejected',
  permission: 'platform-permission-denied',
  plan: 'plan-restricted',
  capability: 'capability-not-supported',
} as const satisfies Record<RefusedBecause, string>;

/** The platform said no to this very read. */
export class ReadRefused extends KnownError {
  override readonly name = 'ReadRefused';
  readonly code: (typeof codeOfRefusal)[RefusedBecause];
  readonly platform: NativeFault | null;

  constructor(refused: Refused) {
    super(refused.message, { cause: refused });
    this.code = codeOfRefusal[refused.because];
    this.platform = refused.native;
  }
}

export type LiveReadError = PlatformUnavailable | PlatformBadResponse | ReauthorizationRequired | ReadRefused;

/** After which time a platform that did not say so may be asked again. */
const usualWaitSeconds = 5;

/** What an error of the port means to whoever asked for a live read. */
export function liveReadErrorOf(error: PlatformError): LiveReadError {
  const { message, native } = error;
  if (error instanceof Refused) return new ReadRefused(error);
  if (error instanceof InDoubt) return new PlatformBadResponse(message, native, { cause: error });
  if (!(error instanceof Busy)) return new PlatformUnavailable(message, native, usualWaitSeconds, { cause: error });
  if (error.because === 'credentials') return new ReauthorizationRequired(message, native, { cause: error });
  const waitSeconds = error.retryAfterMs === null ? usualWaitSeconds : Math.ceil(error.retryAfterMs / 1000);
  return new PlatformUnavailable(message, native, waitSeconds, { cause: error });
}
