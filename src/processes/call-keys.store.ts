import type { IdempotencyKey, Remembered } from './idempotency.js';
import type { Process } from './process.js';

/** What is stored under the key of a call. */
export interface RememberedCall extends Remembered {
  /** By the database's clock. */
  readonly ageSeconds: number;
}

/**
 * Keys of calls that go out at once and are never sent again, so that no operation stands behind them: bound before the
 * first byte, and without an answer until there is one.
 */
export interface CallKeys {
  /** Binds the key; `null`: it is bound by this. What somebody bound before is given otherwise. */
  bind(key: IdempotencyKey, process: Process): Promise<RememberedCall | null>;
  /** It was carried out. */
  answered(key: IdempotencyKey, process: Process, extra: { readonly executed: true }): Promise<void>;
  /** Nothing was carried out: the key is free again. */
  free(key: IdempotencyKey): Promise<void>;
}
export const CallKeys = Symbol('CallKeys');
