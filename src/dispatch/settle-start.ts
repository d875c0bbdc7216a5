import type { Started } from '../platforms/run.js';
import { newsOf } from '../processes/event.js';
import type { Intended, Operation, OperationState } from '../processes/operation.js';
import { move, type Process, type WaitingFor } from '../processes/process.js';
import type { Settlement } from '../processes/process.store.js';
import { attemptRecord, type Verdict } from './verdict.js';

/** What a verdict does not say and what follows from it depends on. */
export interface Circumstances {
  readonly at: Date;
  readonly stops: readonly Operation[];
  /** By the schedule, where the platform named no time. */
  readonly retryAfterMs: number;
}

const waitingReason: Readonly<Record<Extract<Verdict<Started>, { is: 'again' }>['because'], WaitingFor['reason']>> = {
  unreached: 'retry',
  sign_in: 'retry',
  limit: 'budget',
  credentials: 'reauthorization',
  portal_closed: 'degraded',
};

/**
 * What follows from the verdict on a start, to be written in one commit. Pure.
 *
 * @param process  as it is now; its state is `starting` unless something better is known already
 * @param now  stops that were accepted and wait for the run, and how long to wait before another try
 */
export function settleStart(
  { attempt, lease }: Intended,
  process: Process,
  verdict: Verdict<Started>,
  now: Circumstances,
): Settlement {
  const delayMs = delayOf(verdict, now);
  const nativeId = verdict.is === 'accepted' ? verdict.answer.nativeId : null;
  const after = afterVerdict(process, verdict, delayMs, now);
  // Whether this portal keeps the run ids that it is offered.
  const runId = verdict.is === 'accepted' && verdict.answer.runId !== null ? { runId: verdict.answer.runId } : {};
  return {
    lease,
    attempt: attemptRecord(attempt.id, verdict, {
      class: nativeId === null ? 'accepted_unidentified' : 'accepted',
      nativeId,
    }),
    operation: { state: operationStateOf(after, verdict), retryAfterMs: delayMs },
    process: after,
    fromRevision: process.revision,
    news: newsOf(process, after).map((type) => ({
      type,
      data: { state: after.state, attempt: attempt.number, ...runId },
    })),
    answer: answerOf(after, verdict),
  };
}

function afterVerdict(
  process: Process,
  verdict: Verdict<Started>,
  delayMs: number,
  { at, stops }: Circumstances,
): Process {
  // A report that came before our own answer stays; what was given up as unknown is open to a late one.
  if (process.state !== 'starting' && process.state !== 'indeterminate')
    return { ...process, revision: process.revision + 1 };
  switch (verdict.is) {
    case 'accepted': {
      const { state, nativeId, nativeState, result, failure, startedBefore } = verdict.answer;
      const adoption = startedBefore ? 'reconciled_exact' : 'direct';
      return move(process, {
        to: state,
        at,
        evidence: 'platform_reported',
        learnt: {
          nativeId,
          adoption,
          nativeState,
          result,
          failure: failure && { ...failure, platform: null, at },
          observedAt: at,
        },
      });
    }
    case 'refused': {
      const { message, native } = verdict.error;
      const failure = { code: 'platform-rejected', message, platform: native, at };
      return move(process, { to: 'rejected', at, evidence: 'platform_reported', learnt: { failure } });
    }
    case 'unknown': {
      const failure = { code: 'platform-outcome-unknown', message: verdict.message, platform: verdict.fault, at };
      return move(process, { to: 'indeterminate', at, learnt: { failure } });
    }
    case 'again': {
      // A stop that was accepted is never followed by a send.
      if (stops.length > 0) return move(process, { to: 'withdrawn', at, evidence: 'gateway_command' });
      if (process.startBefore && process.startBefore <= at) return move(process, { to: 'expired', at });
      const until = new Date(at.getTime() + delayMs);
      return move(process, {
        to: 'queued',
        at,
        learnt: { waitingFor: { reason: waitingReason[verdict.because], until } },
      });
    }
  }
}

function delayOf(verdict: Verdict<Started>, { retryAfterMs }: Circumstances): number {
  // A new session is to be had at once, and its one more try is not a retry of something that failed.
  if (verdict.is !== 'again' || verdict.because === 'sign_in') return 0;
  return verdict.retryAfterMs ?? retryAfterMs;
}

function operationStateOf(after: Process, verdict: Verdict<Started>): OperationState {
  if (after.state === 'queued') return 'queued';
  if (verdict.is === 'unknown' || verdict.is === 'refused') return verdict.is;
  return 'done';
}

function answerOf(after: Process, verdict: Verdict<Started>): Settlement['answer'] {
  if (verdict.is === 'accepted') return { word: 'confirmed', extra: null };
  if (verdict.is === 'refused') return { word: 'refused', extra: null };
  return after.state === 'withdrawn' || after.state === 'expired' ? { word: 'unsent', extra: null } : null;
}
