import type { Call, Platform } from '../platforms/platform.js';
import { Refused } from '../platforms/platform.errors.js';
import type { Intended } from '../processes/operation.js';
import type { Process } from '../processes/process.js';
import type { Settlement } from '../processes/process.store.js';
import { settleTask } from './settle-task.js';
import { taskOrderOf, type TaskOrder } from './task-order.js';
import type { TaskSighting } from './task-refusal.js';
import { verdictOf, type Verdict } from './verdict.js';
import { withholdingOf } from './withheld.js';

/** What an attempt on a task may ask of its surroundings. */
interface TaskContext {
  readonly platform: Platform;
  readonly call: Call;
  /** For a look after it. */
  readonly lookCall: () => Call;
  readonly signedInAnew: boolean;
  readonly earlierUnknown: boolean;
}

interface TaskAttempted {
  readonly verdict: Verdict<void>;
  readonly runId: null;
  settle(process: Process, now: { readonly retryAfterMs: number }): Settlement;
}

/** One physical attempt to complete or delegate a task, and a look at the task where it was refused. Nothing is thrown. */
export async function attemptTask(intended: Intended, context: TaskContext): Promise<TaskAttempted> {
  const verdict = await sent(intended, context);
  const sighting = verdict.is === 'refused' ? await sightOf(taskOrderOf(intended.operation), context) : null;
  const mayHaveRun = context.earlierUnknown;
  return {
    verdict,
    runId: null,
    settle: (process, { retryAfterMs }) =>
      settleTask(intended, process, { verdict, sighting, mayHaveRun, retryAfterMs }),
  };
}

async function sent(intended: Intended, { platform, call, signedInAnew }: TaskContext): Promise<Verdict<void>> {
  try {
    await withholdingOf(intended, () => send(taskOrderOf(intended.operation), platform, call));
    return verdictOf<void>({ answer: undefined }, signedInAnew);
  } catch (error) {
    return verdictOf<void>({ error }, signedInAnew);
  }
}

async function send(order: TaskOrder, platform: Platform, call: Call): Promise<void> {
  if (order.do === 'complete') {
    if (!platform.completeTask) throw new Error('The platform has no completeTask');
    return platform.completeTask(order, call);
  }
  if (!platform.delegateTask) throw new Error('The platform has no delegateTask');
  return platform.delegateTask(order, call);
}

async function sightOf({ nativeTaskId }: TaskOrder, context: TaskContext): Promise<TaskSighting | null> {
  const { platform, lookCall } = context;
  try {
    const seen = await platform.readTasks?.([nativeTaskId], lookCall());
    return { task: seen?.tasks.get(nativeTaskId) ?? null, actsAs: seen?.actsAs ?? null };
  } catch (error) {
    return error instanceof Refused ? { task: null, actsAs: null } : null;
  }
}
