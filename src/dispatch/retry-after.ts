const seconds = [1, 2, 5, 10, 30, 60] as const;

/**
 * How long what was not sent waits for its next try, in milliseconds: 1, 2, 5, 10, 30, then 60 s, each with up to 20 %
 * taken off or put on so that ten thousand operations do not come at once.
 *
 * @param attempts  how many tries there were, at least 1
 */
export function retryAfterMs(attempts: number, random: () => number = Math.random): number {
  const base = seconds[Math.min(Math.max(attempts, 1), seconds.length) - 1] ?? 60;
  return Math.round(base * 1000 * (0.8 + 0.4 * random()));
}
