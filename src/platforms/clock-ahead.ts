import type { HttpAnswer } from '../lib/exchange.js';

/** When an answer was asked for and when it had come, by our clock. */
export interface Asked {
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
}

/** A clock with whole seconds is read half a second late on the average. */
const halfSecondMs = 500;

/**
 * How much a clock is ahead of ours, in milliseconds, from what it showed while it made an answer; half the way there
 * and back is the error.
 */
export function aheadMsOf(shownMs: number, { sentAtMs, receivedAtMs }: Asked): number {
  return Math.round(shownMs - (sentAtMs + receivedAtMs) / 2);
}

/** The same from an answer's `Date` header; `null`: it has none. */
export function aheadMsByDate({ headers }: HttpAnswer, asked: Asked): number | null {
  const told = headers['date'];
  const shownMs = typeof told === 'string' ? Date.parse(told) : Number.NaN;
  return Number.isNaN(shownMs) ? null : aheadMsOf(shownMs + halfSecondMs, asked);
}
