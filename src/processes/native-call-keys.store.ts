import type { NativeFault } from '../platforms/platform.errors.js';
import type { IdempotencyKey } from './idempotency.js';

/** What a refused or lost call is called. */
export type CallFailureCode =
  | 'platform-rejected'
  | 'platform-permission-denied'
  | 'plan-restricted'
  | 'capability-not-supported'
  | 'platform-outcome-unknown'
  | 'platform-bad-response';

/** What became of a raw call, for ever. */
export type CallOutcome =
  | { readonly is: 'answered'; readonly body: string }
  | {
      readonly is: 'failed';
      readonly code: CallFailureCode;
      readonly message: string;
      readonly platform: NativeFault | null;
    };

/** What stands under the key of a raw call, or of whatever was commanded with it. */
export interface KeptCall {
  readonly fingerprint: Buffer;
  /** `null`: none is stored. It is under way, or whoever made it is gone. */
  readonly outcome: CallOutcome | null;
  /** By the database's clock. */
  readonly ageSeconds: number;
}

/** Keys of raw calls: bound before the first byte, so that nobody ever sends the same call again. */
export interface NativeCallKeys {
  find(key: IdempotencyKey): Promise<KeptCall | null>;
  /** Binds the key; `null`: it is bound by this. What somebody bound before is given otherwise. */
  bind(key: IdempotencyKey): Promise<KeptCall | null>;
  settle(key: IdempotencyKey, outcome: CallOutcome): Promise<void>;
  /** Nothing was carried out: the key is free again. */
  free(key: IdempotencyKey): Promise<void>;
}
export const NativeCallKeys = Symbol('NativeCallKeys');
