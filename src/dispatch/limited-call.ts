import type { Portal } from '../connections/portals.js';
import { timeLimit } from '../lib/time-limit.js';
import type { AttemptContext } from './attempted.js';

/** The call of a command, which must be ended with it. */
export interface LimitedCall {
  readonly call: AttemptContext['call'];
  readonly end: () => void;
}

/**
 * A call that may take as long as its connection says.
 *
 * @param latestMs  until when it may be written, by the monotonic clock
 */
export function limitedCall({ connection }: Portal, latestMs: number): LimitedCall {
  const { signal, end } = timeLimit(connection.limits.startTimeoutSeconds * 1000);
  return { call: { signal, mayWrite: () => performance.now() < latestMs }, end };
}
