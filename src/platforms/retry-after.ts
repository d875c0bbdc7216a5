import type { HttpAnswer } from '../lib/exchange.js';

/** Nobody means more; a date so far away would close a portal for good. */
const longestMs = 9_999_999_000;

/**
 * How long an answer's `Retry-After` asks to wait, in milliseconds, from its seconds or its date (RFC 9110, §10.2.3);
 * `null`: it has none that can be read.
 */
export function retryAfterMsIn({ headers }: HttpAnswer, now: () => number = Date.now): number | null {
  const told = headers['retry-after'];
  if (typeof told !== 'string') return null;
  if (/^\d{1,7}$/.test(told.trim())) return Number(told) * 1000;
  const at = Date.parse(told);
  // `Date.parse` takes nearly anything; a date of HTTP begins with the day of the week.
  if (Number.isNaN(at) || !/^[A-Z][a-z]{2,8}[, ]/.test(told)) return null;
  const theirs = typeof headers['date'] === 'string' ? Date.parse(headers['date']) : Number.NaN;
  const ms = Math.max(0, at - (Number.isNaN(theirs) ? now() : theirs));
  return ms > longestMs ? null : ms;
}
