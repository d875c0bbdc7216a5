import { secretValues } from '../lib/secret-values.js';

/** What the platform itself said, for the caller's eyes. Never holds a secret, a URL or a page. */
export interface NativeFault {
  /** The platform's own code, verbatim; may be the empty string. */
  readonly code: string | null;
  /** The platform's own words, possibly localized; at most 500 characters. */
  readonly message: string | null;
  readonly httpStatus: number | null;
}

/** Sorted by what the caller may do next, not by what went wrong. */
export abstract class PlatformError extends Error {
  /** Did the platform act? 'unknown' forbids sending the same start again. */
  abstract readonly executed: 'no' | 'unknown';

  #native: NativeFault | null;

  constructor(message: string, native: NativeFault | null = null, options?: ErrorOptions) {
    super(message, options);
    this.#native = native;
    // A platform may repeat what it was sent, and callers, histories and logs get its words.
    this.hide((text) => secretValues.hide(text));
  }

  /** What the platform itself said; `null`: these are our words. */
  get native(): NativeFault | null {
    return this.#native;
  }

  /** Takes out of its words what `hide` takes out of a text. */
  hide(hide: (text: string) => string): void {
    this.message = hide(this.message);
    const { code, message, httpStatus } = this.#native ?? { code: null, message: null, httpStatus: null };
    if (this.#native) {
      this.#native = { code: code && hide(code), message: message && hide(message), httpStatus };
    }
  }
}

/** Why a platform said no to this very call. */
export type RefusedBecause =
  | 'rejected' // the call itself: unknown definition, wrong arguments
  | 'permission' // the technical user may not
  | 'not_found' // what the command names is not there, or no longer
  | 'done' // what the command asks for was done before, by whomever
  | 'plan' // the portal's tariff
  | 'capability'; // these credentials cannot do that at all

/** The platform said no, and nothing ran. */
export class Refused extends PlatformError {
  override readonly name = 'Refused';
  readonly executed = 'no';

  constructor(
    readonly because: RefusedBecause,
    message: string,
    native: NativeFault | null = null,
    options?: ErrorOptions,
  ) {
    super(message, native, options);
  }
}

/** What has to change before the same call may succeed. */
export type BusyBecause =
  | 'limit' // wait
  | 'sign_in' // sign in or refresh, then again, once
  | 'credentials' // a person must renew the credentials
  | 'moved' // the portal has another address by now; the same call goes there
  | 'portal_closed'; // the portal's owner must act

/** Refused before it executed; the same call may go again once the reason is gone. */
export class Busy extends PlatformError {
  override readonly name = 'Busy';
  readonly executed = 'no';

  /** The one method that a limit is about, e.g. `bizproc.workflow.start`; `null`: the whole portal. */
  readonly method: string | null;

  /** @param retryAfterMs  when the platform said how long; `null`: by the gateway's own schedule */
  constructor(
    readonly because: BusyBecause,
    message: string,
    native: NativeFault | null = null,
    readonly retryAfterMs: number | null = null,
    options?: ErrorOptions & { readonly method?: string },
  ) {
    super(message, native, options);
    this.method = options?.method ?? null;
  }
}

/** No connection was made, or the call was called off before its first byte. */
export class Unreached extends PlatformError {
  override readonly name = 'Unreached';
  readonly executed = 'no';
}

/** The request may have gone out and no trustworthy answer came back. On a read: the answer cannot be read. */
export class InDoubt extends PlatformError {
  override readonly name = 'InDoubt';
  readonly executed = 'unknown';
}
