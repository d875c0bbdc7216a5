import { codeOfRefusal } from '../platforms/live-read.errors.js';
import { touched } from '../processes/change.js';
import type { Intended } from '../processes/operation.js';
import type { Process } from '../processes/process.js';
import type { Settlement } from '../processes/process.store.js';
import { attemptRecord, type Verdict } from './verdict.js';

/**
 * What follows from completing an element, to be written in one commit. Pure. Completing twice is harmless, so what may
 * have happened is said again.
 */
export function settleElement(
  { attempt, lease, operation }: Intended,
  process: Process,
  verdict: Verdict<boolean>,
  retryAfterMs: number,
): Settlement {
  const base = {
    lease,
    attempt: attemptRecord(attempt.id, verdict, { class: 'accepted', nativeId: null }),
    reads: null,
    change: touched(process),
    answer: null,
  };
  switch (verdict.is) {
    case 'accepted': {
      const data = { elementId: operation.input['elementId'] ?? null };
      return {
        ...base,
        operation: { state: 'done', retryAfterMs: null },
        change: touched(process, { news: verdict.answer ? [{ type: 'element.completed', data }] : [] }),
        answer: { word: 'confirmed', extra: { executed: verdict.answer } },
      };
    }
    case 'refused': {
      const { because, message, native } = verdict.error;
      const code = codeOfRefusal[because];
      const extra = { code, message, platform: native && { ...native } };
      return { ...base, operation: { state: 'refused', retryAfterMs: null }, answer: { word: 'refused', extra } };
    }
    case 'again':
      return { ...base, operation: { state: 'queued', retryAfterMs: verdict.retryAfterMs ?? retryAfterMs } };
    case 'unknown':
      return { ...base, operation: { state: 'queued', retryAfterMs } };
  }
}
