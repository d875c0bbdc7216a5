import type { JsonObject } from '../lib/json.js';
import type { Refused } from '../platforms/platform.errors.js';
import type { Task } from '../platforms/task.js';
import type { TaskOrder } from './task-order.js';

/** How a task stood after the platform had refused a command on it. */
export interface TaskSighting {
  /** `null`: it is not there, or not for this user's eyes. */
  readonly task: Task | null;
  /** `null`: that was not told either. */
  readonly actsAs: string | null;
}

/** What a refusal comes to. */
export type TaskVerdict =
  /** What was ordered stands: an earlier try did it, or this one, although the platform then complained. */
  | { readonly is: 'done' }
  | { readonly is: 'refused'; readonly refusal: JsonObject }
  /** Nobody could look. */
  | { readonly is: 'again' };

/**
 * What a refused command on a task comes to. Pure.
 *
 * @param sighting  `null`: the task could not be read
 * @param mayHaveRun  an earlier try of this command has no certain outcome
 */
export function judgeRefusal(
  order: TaskOrder,
  error: Refused,
  { sighting, mayHaveRun }: { readonly sighting: TaskSighting | null; readonly mayHaveRun: boolean },
): TaskVerdict {
  const plain = codeOf[error.because];
  if (plain) return { is: 'refused', refusal: refusalOf(plain, error) };
  if (!sighting) return { is: 'again' };
  const { task } = sighting;
  const mayBeOurs = mayHaveRun || mayFollowOurAnswer(order, error.because);
  if (task && mayBeOurs && stands(order, task, sighting.actsAs)) return { is: 'done' };
  return {
    is: 'refused',
    refusal:
      order.do === 'complete'
        ? notCompleted(error, sighting, mayHaveRun)
        : notDelegated(order, error, { task, mayHaveRun }),
  };
}

/** The portal may complain of what its workflow did after it had taken the answer. */
export function mayFollowOurAnswer(order: TaskOrder, because: Refused['because']): boolean {
  return order.do === 'complete' && because === 'rejected';
}

/** Refusals that say nothing of the task. */
const codeOf: Readonly<Partial<Record<Refused['because'], string>>> = {
  permission: 'platform-permission-denied',
  plan: 'plan-restricted',
  capability: 'capability-not-supported',
};

/** Our answer by our user; or the task with whom it was to go to, and no longer with whom it was. */
function stands(order: TaskOrder, task: Task, actsAs: string | null): boolean {
  if (order.do === 'complete') {
    return task.answers.some(({ assignee, status }) => assignee === actsAs && status === order.status);
  }
  return task.assignees.includes(order.toUserId) && !task.assignees.includes(order.fromUserId);
}

function notCompleted(error: Refused, { task, actsAs }: TaskSighting, mayHaveRun: boolean): JsonObject {
  if (!task) return mayHaveRun ? nobodyKnows(error) : refusalOf(error.because === 'done' ? done : gone, error);
  if (error.because === 'done') return refusalOf(done, error);
  if (error.because === 'rejected') return refusalOf('platform-rejected', error);
  if (actsAs !== null && !task.assignees.includes(actsAs)) return refusalOf('not-assignee', error);
  return refusalOf(task.state === 'waiting' ? 'platform-rejected' : done, error);
}

function notDelegated(
  { fromUserId, toUserId }: Extract<TaskOrder, { do: 'delegate' }>,
  error: Refused,
  { task, mayHaveRun }: { readonly task: Task | null; readonly mayHaveRun: boolean },
): JsonObject {
  if (!task) return mayHaveRun ? nobodyKnows(error) : refusalOf(gone, error);
  if (task.state !== 'waiting' || error.because === 'done') return refusalOf(done, error);
  // The platform's texts are not read; whose fault it is follows from whose task it is.
  const isTheirs = task.assignees.includes(fromUserId);
  const fault = isTheirs
    ? {
        pointer: '/toUserId',
        message: `The platform does not let user ${toUserId} have this task; name another employee.`,
      }
    : { pointer: '/fromUserId', message: `The task is assigned to ${task.assignees.join(', ')}; name one of them.` };
  return { ...refusalOf('platform-rejected', error), faults: [{ ...fault, code: 'refused' }] };
}

const done = 'task-already-completed';
const gone = 'not-found';

function nobodyKnows(error: Refused): JsonObject {
  const message =
    'The answer to the first try was lost, and the task is not there any more: whether that try was carried out cannot be known.';
  return { ...refusalOf('platform-outcome-unknown', error), message };
}

function refusalOf(code: string, { message, native }: Refused): JsonObject {
  return { code, message, platform: native && { ...native } };
}
