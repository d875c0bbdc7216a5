import type { Bucket } from './leaky-bucket.js';

/** What is left of a budget. */
export interface Remaining {
  /** Requests that may go at once; `null`: nothing limits them. */
  readonly remaining: number | null;
  /** When nothing of it will be used any more; `null`: nothing is. */
  readonly resetsAt: Date | null;
}

/** What is left for commands, who may use the most, of a bucket that holds so much; `closedMs`: for how long it is closed. */
export function remainingOf(
  { ceilings, rate }: Bucket,
  { level, closedMs }: { readonly level: number; readonly closedMs: number },
  now: Date,
): Remaining {
  const remaining = closedMs > 0 ? 0 : Math.max(0, Math.floor(ceilings.command - level));
  const emptyInMs = Math.max(closedMs, (level / rate) * 1000);
  return { remaining, resetsAt: emptyInMs === 0 ? null : new Date(now.getTime() + emptyInMs) };
}
