import type { Received } from '../lib/guarded-post.js';

/** What follows from one try. */
export type TryVerdict =
  | { readonly state: 'delivered' }
  | { readonly state: 'waiting'; readonly afterSeconds: number }
  /** `disables`: nothing more is sent to this webhook. */
  | { readonly state: 'failed'; readonly disables: string | null };

/** However long a receiver asks to be left alone. */
const longestSeconds = 86_400;

/**
 * What follows from an answer: 2xx is success, 410 the end of the webhook, everything else another try by the schedule, not
 * before the receiver wants it. Pure.
 *
 * @param received  `null`: there was no answer
 * @param tried  how many tries there were, this one too
 * @param schedule  seconds before each try
 */
export function verdictOfTry(received: Received | null, tried: number, schedule: readonly number[]): TryVerdict {
  if (received && received.status >= 200 && received.status < 300) return { state: 'delivered' };
  if (received?.status === 410) return { state: 'failed', disables: 'The receiver answered 410: it is gone.' };
  const next = schedule[tried];
  if (next === undefined) return { state: 'failed', disables: `The last of ${tried} tries of one delivery failed.` };
  const asked = Math.min(received?.retryAfterSeconds ?? 0, longestSeconds);
  return { state: 'waiting', afterSeconds: Math.max(next, asked) };
}
