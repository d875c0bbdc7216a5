import type { JsonObject } from '../lib/json.js';
import { touched } from '../processes/change.js';
import type { Intended, Operation } from '../processes/operation.js';
import type { Process } from '../processes/process.js';
import type { Settlement } from '../processes/process.store.js';
import { taskOrderOf } from './task-order.js';
import { judgeRefusal, mayFollowOurAnswer, type TaskSighting } from './task-refusal.js';
import { attemptRecord, type Verdict } from './verdict.js';

/** What an attempt keeps that was accepted: no run comes of it. */
const noRun = { class: 'accepted', nativeId: null } as const;

/** What a command on a task was answered and, where it was refused, how the task stood then. */
export interface TaskOutcome {
  readonly verdict: Verdict<void>;
  /** `null`: nobody looked, or could. */
  readonly sighting: TaskSighting | null;
  /** An earlier try of this command may have been carried out. */
  readonly mayHaveRun: boolean;
  readonly retryAfterMs: number;
}

/**
 * What follows from a command on a task, to be written in one commit. Pure. The process stays as it is, also a closed one:
 * the answer may have ended the run before it was known. What may have happened is said again.
 */
export function settleTask(
  { attempt, lease, operation }: Intended,
  process: Process,
  outcome: TaskOutcome,
): Settlement {
  const { verdict, retryAfterMs } = outcome;
  const base = {
    lease,
    attempt: attemptRecord(attempt.id, verdict, noRun),
    reads: null,
    change: touched(process),
    answer: null,
  };
  const again = { ...base, operation: { state: 'queued', retryAfterMs } } as const;
  switch (verdict.is) {
    case 'accepted':
      return { ...base, ...carriedOut(operation, process) };
    case 'refused': {
      const judged = judgeRefusal(taskOrderOf(operation), verdict.error, outcome);
      if (judged.is === 'again') return { ...again, attempt: unseen(attempt.id, operation, verdict) };
      if (judged.is === 'done') return { ...base, ...carriedOut(operation, process) };
      const answer = { word: 'refused', extra: judged.refusal } as const;
      return { ...base, operation: { state: 'refused', retryAfterMs: null }, answer };
    }
    case 'again':
      return { ...base, operation: { state: 'queued', retryAfterMs: verdict.retryAfterMs ?? retryAfterMs } };
    case 'unknown':
      return again;
  }
}

/** A complaint that may have come after the answer was taken proves nothing unseen: the next try has to know that. */
function unseen(
  id: string,
  operation: Operation,
  verdict: Extract<Verdict<void>, { is: 'refused' }>,
): Settlement['attempt'] {
  const { because, native, message } = verdict.error;
  const proves = !mayFollowOurAnswer(taskOrderOf(operation), because);
  return attemptRecord(id, proves ? verdict : { is: 'unknown', fault: native, message }, noRun);
}

function carriedOut(operation: Operation, process: Process): Pick<Settlement, 'operation' | 'change' | 'answer'> {
  return {
    operation: { state: 'done', retryAfterMs: null },
    change: touched(process, { news: [{ type: typeOf(operation), data: dataOf(operation) }] }),
    answer: { word: 'confirmed', extra: null },
  };
}

function typeOf({ kind }: Operation): 'task.completed' | 'task.delegated' {
  return kind === 'delegate_task' ? 'task.delegated' : 'task.completed';
}

/** What was filled in and said stays at the platform. */
function dataOf({ input }: Operation): JsonObject {
  const { taskId = null, by = null, status, fromUserId, toUserId } = input;
  return {
    taskId,
    by,
    ...(status === undefined ? {} : { status }),
    ...(fromUserId === undefined || toUserId === undefined ? {} : { fromUserId, toUserId }),
  };
}
