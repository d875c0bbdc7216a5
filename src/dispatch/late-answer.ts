import { Refused, Unreached } from '../platforms/platform.errors.js';
import type { Started } from '../platforms/run.js';
import type { Attempt, Intended } from '../processes/operation.js';
import type { Process } from '../processes/process.js';
import type { Settlement } from '../processes/process.store.js';
import { settleStart, type Circumstances } from './settle-start.js';
import type { Verdict } from './verdict.js';

/**
 * What a start's answer taught that came after its worker had lost the operation: a positive one is an exact match,
 * `not_sent` lets it go again, a refusal stands.
 *
 * @returns `null`: nothing came, or nothing certain
 */
export function lateVerdict({ class: learnt, nativeId, nativeFault, message }: Attempt): Verdict<Started> | null {
  const words = message ?? 'The answer came late';
  switch (learnt) {
    case 'accepted':
    case 'accepted_unidentified':
      // How the run stands is for the next look; that it was found and not answered for is what `startedBefore` says.
      return {
        is: 'accepted',
        answer: {
          state: 'running',
          nativeId,
          nativeState: null,
          result: null,
          failure: null,
          runId: null,
          startedBefore: true,
        },
      };
    case 'refused':
      return { is: 'refused', error: new Refused('rejected', words, nativeFault) };
    case 'not_sent':
    case 'refused_before_execution': {
      const error = new Unreached(words, nativeFault);
      return { is: 'again', class: learnt, because: 'unreached', retryAfterMs: null, error };
    }
    case 'unknown':
    case null:
      return null;
  }
}

/** As a verdict in time, but that the attempt keeps what it says already. */
export function settleLate(
  intended: Intended,
  process: Process,
  verdict: Verdict<Started>,
  now: Circumstances,
): Settlement {
  return { ...settleStart(intended, process, verdict, now), attempt: null };
}
