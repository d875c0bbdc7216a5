import {
  Busy,
  PlatformError,
  Refused,
  Unreached,
  type BusyBecause,
  type NativeFault,
} from '../platforms/platform.errors.js';
import type { AttemptClass } from '../processes/operation.js';
import type { WaitingFor } from '../processes/process.js';
import type { Settlement } from '../processes/process.store.js';

/** What one attempt has taught us. */
export type Verdict<T> =
  | { readonly is: 'accepted'; readonly answer: T }
  /** Nothing ran: the same may go again once the reason is gone. */
  | {
      readonly is: 'again';
      readonly class: 'not_sent' | 'refused_before_execution';
      readonly because: BusyBecause | 'unreached';
      readonly retryAfterMs: number | null;
      readonly error: PlatformError;
    }
  | { readonly is: 'refused'; readonly error: Refused }
  /** It may have happened. */
  | { readonly is: 'unknown'; readonly fault: NativeFault | null; readonly message: string };

/**
 * Sorts the outcome of one attempt by what may be done next. A start that may have happened is never sent again.
 *
 * @param signedInAnew  the last try was refused for want of a session and this one went with a new one
 */
export function verdictOf<T>(outcome: { answer: T } | { error: unknown }, signedInAnew: boolean): Verdict<T> {
  if ('answer' in outcome) return { is: 'accepted', answer: outcome.answer };
  const { error } = outcome;
  if (error instanceof Refused) return { is: 'refused', error };
  if (error instanceof Unreached) {
    return { is: 'again', class: 'not_sent', because: 'unreached', retryAfterMs: null, error };
  }
  if (error instanceof Busy) {
    const { because, retryAfterMs } = error;
    if (because === 'sign_in') {
      // Nobody refused it: no session was left when its turn came, because another request had just lost them.
      if (error.native === null) return { is: 'again', class: 'not_sent', because, retryAfterMs, error };
      if (signedInAnew) return refusedInSpiteOfSignIn(error);
    }
    return { is: 'again', class: 'refused_before_execution', because, retryAfterMs, error };
  }
  // InDoubt, any kind that is added later, and our own mistakes: assume that it may have happened.
  const fault = error instanceof PlatformError ? error.native : null;
  const message = error instanceof PlatformError ? error.message : 'The gateway failed while it was sending';
  return { is: 'unknown', fault, message };
}

// A second 403 is about rights; any other second refusal means that the credentials are worth nothing.
function refusedInSpiteOfSignIn(error: Busy): Verdict<never> {
  if (error.native?.httpStatus === 403) {
    return { is: 'refused', error: new Refused('permission', error.message, error.native, { cause: error }) };
  }
  return { is: 'again', class: 'refused_before_execution', because: 'credentials', retryAfterMs: null, error };
}

/**
 * What an attempt's row keeps of its verdict.
 *
 * @param accepted  what it keeps when the platform said yes
 */
export function attemptRecord(
  id: string,
  verdict: Verdict<unknown>,
  accepted: { readonly class: AttemptClass; readonly nativeId: string | null },
): NonNullable<Settlement['attempt']> {
  switch (verdict.is) {
    case 'accepted':
      return { id, ...accepted, nativeFault: null, message: null };
    case 'again':
      return {
        id,
        class: verdict.class,
        nativeId: null,
        nativeFault: verdict.error.native,
        message: verdict.error.message,
      };
    case 'refused':
      return {
        id,
        class: 'refused',
        nativeId: null,
        nativeFault: verdict.error.native,
        message: verdict.error.message,
      };
    case 'unknown':
      return { id, class: 'unknown', nativeId: null, nativeFault: verdict.fault, message: verdict.message };
  }
}

/** Why what was not carried out waits. */
export const waitingReason: Readonly<
  Record<Extract<Verdict<never>, { is: 'again' }>['because'], WaitingFor['reason']>
> = {
  unreached: 'retry',
  sign_in: 'retry',
  limit: 'budget',
  credentials: 'reauthorization',
  moved: 'retry',
  portal_closed: 'degraded',
};
