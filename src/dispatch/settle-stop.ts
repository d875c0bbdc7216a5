import type { Observation } from '../platforms/run.js';
import { newsOf, type EventType } from '../processes/event.js';
import type { Intended } from '../processes/operation.js';
import { move, type Failure, type Process } from '../processes/process.js';
import { categoryOf } from '../processes/process-state.js';
import type { News, Settlement } from '../processes/process.store.js';
import { attemptRecord, type Verdict } from './verdict.js';

/** What a stop's answer and, where it was needed, a look afterwards have shown. */
export interface StopOutcome {
  readonly verdict: Verdict<'terminated' | 'terminating' | 'killed'>;
  /** `null`: nobody looked. */
  readonly seen: Observation | null;
  /** An earlier try of this stop may have been carried out. */
  readonly mayHaveStoppedBefore: boolean;
  readonly at: Date;
  readonly retryAfterMs: number;
}

/** What follows from the outcome of a terminate or kill, to be written in one commit. Pure. */
export function settleStop(intended: Intended, process: Process, outcome: StopOutcome): Settlement {
  const { verdict, at } = outcome;
  const base = { lease: intended.lease, fromRevision: process.revision };
  const attempt = attemptRecord(intended.attempt.id, verdict, { class: 'accepted', nativeId: null });
  if (categoryOf[process.state] === 'closed') {
    const operation = { state: 'done' as const, retryAfterMs: null };
    // A look may have seen the end that this very command brought.
    const word = verdict.is === 'accepted' ? 'confirmed' : 'gone';
    return { ...base, attempt, operation, process: bump(process), news: [], answer: { word, extra: null } };
  }
  switch (verdict.is) {
    case 'accepted': {
      const after = move(process, { to: verdict.answer, at, evidence: 'gateway_command' });
      const confirmed = verdict.answer === 'terminating' ? null : ({ word: 'confirmed', extra: null } as const);
      return {
        ...base,
        attempt,
        operation: done,
        process: after,
        news: newsBetween(process, after),
        answer: confirmed,
      };
    }
    // Stopping twice is harmless, so what may have happened is simply said again.
    case 'unknown':
    case 'again':
      return {
        ...base,
        attempt,
        operation: {
          state: 'queued',
          retryAfterMs: verdict.is === 'again' ? (verdict.retryAfterMs ?? outcome.retryAfterMs) : outcome.retryAfterMs,
        },
        process: bump(process),
        news: [],
        answer: null,
      };
    case 'refused':
      return { ...base, attempt, ...afterRefusal(process, verdict.error, outcome, intended.operation.kind) };
  }
}

const done = { state: 'done', retryAfterMs: null } as const;

function afterRefusal(
  process: Process,
  error: Extract<Verdict<never>, { is: 'refused' }>['error'],
  { seen, mayHaveStoppedBefore, at }: StopOutcome,
  kind: string,
): Pick<Settlement, 'operation' | 'process' | 'news' | 'answer'> {
  if (error.because === 'not_found' && seen && !isRunning(seen)) {
    const after = goneProcess(process, seen, mayHaveStoppedBefore, at);
    const word = mayHaveStoppedBefore ? 'confirmed' : 'gone';
    return { operation: done, process: after, news: newsBetween(process, after), answer: { word, extra: null } };
  }
  const code = error.because === 'permission' ? 'platform-permission-denied' : 'platform-rejected';
  const failure: Failure = { code, message: error.message, platform: error.native, at };
  const after = process.state === 'terminating' ? move(process, { to: 'running', at }) : bump(process);
  const type: EventType = 'process.stop-refused';
  const news = [{ type, data: { command: kind, code, message: error.message } }];
  const extra = { code, message: error.message, platform: error.native && { ...error.native } };
  return {
    operation: { state: 'refused', retryAfterMs: null },
    process: { ...after, failure },
    news,
    answer: { word: 'refused', extra },
  };
}

function isRunning(seen: Observation): boolean {
  return seen.seen && (seen.state === 'running' || seen.state === 'terminating');
}

function goneProcess(process: Process, seen: Observation, mayHaveStoppedBefore: boolean, at: Date): Process {
  if (seen.seen) return move(process, { to: seen.state, at, evidence: 'platform_reported' });
  const to = mayHaveStoppedBefore ? 'terminated' : 'ended';
  return move(process, { to, at, evidence: 'inferred_absence' });
}

function newsBetween(before: Process, after: Process): News[] {
  return newsOf(before, after).map((type) => ({ type, data: { state: after.state } }));
}

function bump(process: Process): Process {
  return { ...process, revision: process.revision + 1 };
}
