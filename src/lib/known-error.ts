import type { Fault } from './fault.js';

/** Whether what was asked for happened. */
export type Outcome = 'not_executed' | 'executed' | 'unknown';

/**
 * An error that a caller can act on. One class per way of acting.
 *
 * `code` never changes once published; the message is a sentence that names the thing and the remedy, without secrets.
 */
export abstract class KnownError extends Error {
  abstract readonly code: string;
  readonly outcome: Outcome = 'not_executed';
  /** What is wrong in which field; empty where it is not about fields. */
  readonly faults: readonly Fault[] = [];
  /** When the same request may help; `null`: unknown or never. */
  readonly retryAfterSeconds: number | null = null;
}
