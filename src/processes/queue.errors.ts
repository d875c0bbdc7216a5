import { KnownError } from '../lib/known-error.js';

/** As many starts wait for a connection as may. Nothing was accepted and the key is free. */
export class QueueFull extends KnownError {
  override readonly name = 'QueueFull';
  readonly code = 'queue-full';
  override readonly retryAfterSeconds = 5;

  constructor(connection: string, queueDepth: number) {
    super(`${queueDepth} starts wait for "${connection}" already, and no more may; repeat this one later.`);
  }
}
