import { codeOfRefusal } from '../platforms/live-read.errors.js';
import type { Observation } from '../platforms/run.js';
import { changed, touched } from '../processes/change.js';
import { found } from '../processes/incident.js';
import type { Intended } from '../processes/operation.js';
import { move, type Failure, type Process } from '../processes/process.js';
import { categoryOf } from '../processes/process-state.js';
import type { Settlement } from '../processes/process.store.js';
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

/**
 * What follows from the outcome of a terminate or kill, to be written in one commit. Pure. It speaks of the run that it was
 * sent to: a process that has lost that run meanwhile stays as it is, and its stop waits for the right one.
 */
export function settleStop(intended: Intended, process: Process, outcome: StopOutcome): Settlement {
  const { verdict, at } = outcome;
  const base = { lease: intended.lease, reads: null };
  const attempt = attemptRecord(intended.attempt.id, verdict, { class: 'accepted', nativeId: null });
  const isItsRun = process.nativeId === intended.process.nativeId;
  if (categoryOf[process.state] === 'closed') {
    // A look may have seen the end that this very command brought.
    const word = verdict.is === 'accepted' && isItsRun ? 'confirmed' : 'gone';
    return { ...base, attempt, operation: done, change: touched(process), answer: { word, extra: null } };
  }
  if (!isItsRun) {
    const operation = { state: 'queued' as const, retryAfterMs: outcome.retryAfterMs };
    return { ...base, attempt, operation, change: touched(process), answer: null };
  }
  switch (verdict.is) {
    case 'accepted': {
      const after = move(process, { to: verdict.answer, at, evidence: 'gateway_command' });
      const confirmed = verdict.answer === 'terminating' ? null : ({ word: 'confirmed', extra: null } as const);
      return {
        ...base,
        attempt,
        operation: done,
        change: changed(process, after, overStop),
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
        change: touched(process),
        answer: null,
      };
    case 'refused':
      return { ...base, attempt, ...afterRefusal(process, verdict.error, outcome, intended.operation.kind) };
  }
}

const done = { state: 'done', retryAfterMs: null } as const;

/** A stop that got stuck is none any more, whatever came of it. */
const overStop = { resolves: { kinds: ['stop-stuck' as const], resolution: found(null) } };

function afterRefusal(
  process: Process,
  error: Extract<Verdict<never>, { is: 'refused' }>['error'],
  { seen, mayHaveStoppedBefore, at }: StopOutcome,
  kind: string,
): Pick<Settlement, 'operation' | 'change' | 'answer'> {
  if (error.because === 'not_found' && seen && !isRunning(seen)) {
    const after = goneProcess(process, seen, mayHaveStoppedBefore, at);
    const word = mayHaveStoppedBefore ? 'confirmed' : 'gone';
    return { operation: done, change: changed(process, after, overStop), answer: { word, extra: null } };
  }
  const code = codeOfRefusal[error.because];
  const failure: Failure = { code, message: error.message, platform: error.native, at };
  const goesOn = process.state === 'terminating' ? move(process, { to: 'running', at }) : bump(process);
  const news = [
    {
      type: 'process.stop-refused' as const,
      data: { state: goesOn.state, command: kind, code, message: error.message },
    },
  ];
  const extra = { code, message: error.message, platform: error.native && { ...error.native } };
  return {
    operation: { state: 'refused', retryAfterMs: null },
    change: changed(process, { ...goesOn, failure }, { ...overStop, news }),
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

function bump(process: Process): Process {
  return { ...process, revision: process.revision + 1 };
}
