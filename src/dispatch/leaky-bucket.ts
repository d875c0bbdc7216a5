import type { ConnectionLimits } from '../platforms/platform-kind.js';

/** What a request is for; a command comes before a start, and reads take what is left over. */
export type RequestKind = 'command' | 'start' | 'read';

/** How far a portal's leaky bucket may be filled. */
export interface Bucket {
  /** Requests that leak out in a second. */
  readonly rate: number;
  /** Where the portal itself refuses. */
  readonly burst: number;
  /** How high each kind may fill it; nothing of ours goes beyond that of commands. */
  readonly ceilings: Readonly<Record<RequestKind, number>>;
  /** How long a reserved request may wait to be sent before the reservation is void. */
  readonly lapseMs: number;
}

/** Reads that find the bucket too full for them still get a request now and then. */
export const readAtLeastEverySeconds = 3;

/** How much a request may be late at the portal, in seconds: what leaks meanwhile here has not leaked there. */
const toleratedDelaySeconds = 1.5;
const longestLapseMs = 1000;

type Rate = Pick<ConnectionLimits, 'requestsPerSecond' | 'burst'>;

/**
 * The bucket of a portal by the limits of all connections to it, of which the smallest count; `null`: nothing limits it.
 *
 * Between its top and what we fill stays the leak of a second and a half, but no more than a quarter of the bucket; two
 * thirds of it are for reserved requests that wait here, the rest for those that are late on their way.
 */
export function bucketOf(limits: readonly Rate[]): Bucket | null {
  const rate = smallest(limits.map(({ requestsPerSecond }) => requestsPerSecond));
  if (rate === null) return null;
  const burst = Math.max(1, smallest(limits.map((one) => one.burst)) ?? rate);
  const headroom = Math.min(rate * toleratedDelaySeconds, burst / 4);
  const command = Math.max(1, burst - headroom);
  const start = Math.max(1, command - Math.max(1, burst * 0.04));
  const read = Math.max(1, Math.min(start, command * 0.8));
  const lapseMs = Math.min(longestLapseMs, (headroom / rate) * (2 / 3) * 1000);
  return { rate, burst, ceilings: { command, start, read }, lapseMs };
}

function smallest(numbers: readonly (number | null)[]): number | null {
  const given = numbers.filter((number) => number !== null);
  return given.length === 0 ? null : Math.min(...given);
}
