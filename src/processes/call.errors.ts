import { KnownError, type Outcome } from '../lib/known-error.js';
import type { NativeFault } from '../platforms/platform.errors.js';
import type { CallFailureCode, CallOutcome } from './native-call-keys.store.js';

/** A raw call that the platform refused, or of which nobody knows whether it was carried out, or whose answer is too large. */
export class NativeCallFailed extends KnownError {
  override readonly name = 'NativeCallFailed';
  readonly code: CallFailureCode;
  readonly platform: NativeFault | null;
  override readonly outcome: Outcome;

  constructor({ code, message, platform }: Extract<CallOutcome, { is: 'failed' }>, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.platform = platform;
    this.outcome = outcomes[code] ?? 'not_executed';
  }
}

const outcomes: Readonly<Partial<Record<CallFailureCode, Outcome>>> = {
  'platform-outcome-unknown': 'unknown',
  'platform-bad-response': 'executed',
};

/** An operator has stopped sending. */
export class ConnectionPaused extends KnownError {
  override readonly name = 'ConnectionPaused';
  readonly code = 'invalid-state';

  constructor(key: string) {
    super(`The connection "${key}" is paused, and a raw call does not wait; resume it first.`);
  }
}

export type CallError = NativeCallFailed | ConnectionPaused;
