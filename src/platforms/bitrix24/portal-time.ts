import { z } from 'zod';
import type { HttpAnswer } from '../../lib/exchange.js';
import { aheadMsByDate, aheadMsOf, type Asked } from '../clock-ahead.js';

const number = z.number().optional().catch(undefined);
const text = z.string().optional().catch(undefined);

/**
 * The `time` of an answer. `start` and `finish` are Unix seconds with a fraction, `date_…` the same in whole seconds;
 * `operating` and `operating_reset_at` are missing where the portal does not count.
 *
 * Source: b24restdocs settings/how-to-call-rest-api/general-principles.md, limits.md.
 */
export const PortalTime = z.object({
  start: number,
  finish: number,
  date_start: text,
  date_finish: text,
  operating: number,
  operating_reset_at: number,
});
export type PortalTime = z.infer<typeof PortalTime>;

const Timed = z.object({ time: PortalTime });

/** The time that a body tells, a failure's too; `null`: none. */
export function timeIn(body: string): PortalTime | null {
  try {
    return Timed.safeParse(JSON.parse(body)).data?.time ?? null;
  } catch {
    return null;
  }
}

/** How much the portal's clock is ahead of ours, in milliseconds, by an answer's `time`, else its `Date`; `null`: not told. */
export function aheadMsIn(answer: HttpAnswer, time: PortalTime | null, asked: Asked): number | null {
  if (time?.start !== undefined && time.finish !== undefined) {
    return aheadMsOf((time.start + time.finish) * 500, asked);
  }
  const begun = Date.parse(time?.date_start ?? '');
  const done = Date.parse(time?.date_finish ?? '');
  // Whole seconds, cut off: half a second is lost on the average.
  if (!Number.isNaN(begun) && !Number.isNaN(done)) return aheadMsOf((begun + done) / 2 + 500, asked);
  return aheadMsByDate(answer, asked);
}
