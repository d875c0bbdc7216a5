import type { Subject } from '../platforms/platform.js';
import type { ProcessEvent } from '../processes/event.js';
import type { FinalAnswer } from '../processes/idempotency.js';
import type { Attempt, Operation } from '../processes/operation.js';
import type { Failure, Process, ProcessProgress, WaitingFor } from '../processes/process.js';
import { categoryOf } from '../processes/process-state.js';
import { toColumns, toFields, type Row } from './columns.js';

const times = new Set([
  'startBefore',
  'createdAt',
  'startedAt',
  'closedAt',
  'observedAt',
  'absentSince',
  'sentAt',
  'answeredAt',
  'dueAt',
  'time',
]);

/** The columns of a process that its life changes. */
export const progressColumns = [
  'state',
  'category',
  'native_id',
  'native_state',
  'result',
  'waiting_for',
  'conclusion',
  'evidence',
  'adoption',
  'failure',
  'has_incident',
  'attempts',
  'revision',
  'last_sequence',
  'started_at',
  'closed_at',
  'observed_at',
  'absent_since',
] as const;

/** A process as the columns of its row, for `json_populate_record`. */
export function processRow(process: Process): Record<string, unknown> {
  const { subject, ...rest } = process;
  return {
    ...toColumns(rest),
    category: categoryOf[process.state],
    subject_type: subject && 'type' in subject ? subject.type : null,
    subject_id: subject && 'type' in subject ? subject.id : null,
    subject_native: subject && 'native' in subject ? subject.native : null,
  };
}

/** The process of a row. This room alone writes rows, so they are read by trust: the one `as` of the way in. */
export function processOf(row: Row): Process {
  const { subjectType, subjectId, subjectNative, ...fields } = toFields(row, times);
  const subject = (
    subjectNative ? { native: subjectNative } : subjectType && { type: subjectType, id: subjectId }
  ) as Subject | null;
  return revived({ ...fields, subject } as unknown as Process);
}

/** The operation of a row. */
export function operationOf(row: Row): Operation {
  return toFields(row, times) as unknown as Operation;
}

/** The attempt of a row. */
export function attemptOf(row: Row): Attempt {
  return toFields(row, times) as unknown as Attempt;
}

/** The event of a row. */
export function eventOf(row: Row): ProcessEvent {
  return toFields(row, times) as unknown as ProcessEvent;
}

/** The photograph in a key's row; `null`: nothing final yet. */
export function answerOf(answer: unknown): FinalAnswer | null {
  if (answer === null) return null;
  const { word, progress, extra } = answer as FinalAnswer;
  const dates = toFields(toColumns(progress), times) as unknown as ProcessProgress;
  return { word, extra, progress: revived(dates) };
}

/** The part of a process that a photograph keeps. */
export function progressOf(process: Process): ProcessProgress {
  return {
    state: process.state,
    nativeId: process.nativeId,
    nativeState: process.nativeState,
    result: process.result,
    waitingFor: process.waitingFor,
    conclusion: process.conclusion,
    evidence: process.evidence,
    adoption: process.adoption,
    failure: process.failure,
    hasIncident: process.hasIncident,
    attempts: process.attempts,
    revision: process.revision,
    lastSequence: process.lastSequence,
    startedAt: process.startedAt,
    closedAt: process.closedAt,
    observedAt: process.observedAt,
    absentSince: process.absentSince,
  };
}

// Times inside JSON columns are texts there.
function revived<T extends ProcessProgress>(progress: T): T {
  const failure: Failure | null = progress.failure && { ...progress.failure, at: new Date(progress.failure.at) };
  const { waitingFor } = progress;
  const waiting: WaitingFor | null = waitingFor?.until
    ? { ...waitingFor, until: new Date(waitingFor.until) }
    : waitingFor;
  return { ...progress, failure, waitingFor: waiting };
}
