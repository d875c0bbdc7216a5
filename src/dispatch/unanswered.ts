import { Unreached } from '../platforms/platform.errors.js';
import type { Intended } from '../processes/operation.js';
import type { Process } from '../processes/process.js';
import type { Settlement } from '../processes/process.store.js';
import type { Attempted } from './attempted.js';
import { lateVerdict } from './late-answer.js';
import { settleElement } from './settle-element.js';
import { settleStart, type Circumstances } from './settle-start.js';
import { settleStop } from './settle-stop.js';
import { settleTask } from './settle-task.js';
import { verdictOf, type Verdict } from './verdict.js';

/**
 * The verdict on an attempt whose worker is gone: it may have happened, unless its answer came late and stands on it.
 * Commands other than starts are simply said again.
 */
export function abandoned(intended: Intended): Attempted {
  const { attempt, operation } = intended;
  const nothing: Verdict<never> = { is: 'unknown', fault: null, message: 'The gateway stopped before the answer came' };
  if (operation.kind === 'start' && attempt.class !== null) {
    const late = lateVerdict(attempt) ?? nothing;
    const settle = (process: Process, now: Circumstances): Settlement => ({
      ...settleStart(intended, process, late, now),
      attempt: null,
      reads: attempt.id,
    });
    return { verdict: late, runId: null, settle };
  }
  return unanswered(intended, nothing);
}

/** The verdict on an attempt that failed before anything was asked of the platform. */
export function unsent(intended: Intended, cause: unknown): Attempted {
  const error = new Unreached('The gateway could not begin to send', null, { cause });
  return unanswered(intended, verdictOf<never>({ error }, false));
}

function unanswered(intended: Intended, verdict: Verdict<never>): Attempted {
  return {
    verdict,
    runId: null,
    settle: (process, now) => {
      switch (intended.operation.kind) {
        case 'start':
          return settleStart(intended, process, verdict, now);
        case 'terminate':
        case 'kill':
          return settleStop(intended, process, { ...now, verdict, seen: null, mayHaveStoppedBefore: true });
        case 'complete_element':
          return settleElement(intended, process, verdict, now.retryAfterMs);
        case 'complete_task':
        case 'delegate_task':
          return settleTask(intended, process, { ...now, verdict, sighting: null, mayHaveRun: true });
      }
    },
  };
}
