import { InDoubt } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { TaskCompletion, TaskDelegation, TaskStatus } from '../task.js';
import type { Bitrix24Client, PortalCall } from './bitrix24.client.js';

/** STATUS as a number; the words are taken too. Source: api-reference/bizproc/bizproc-task/bizproc-task-complete.md */
const numberOf: Readonly<Record<TaskStatus, number>> = { yes: 1, no: 2, ok: 3, cancel: 4 };

/**
 * Answers a task of the user who calls. The portal runs its workflow on inside this request, until its next pause.
 *
 * @throws Refused('done')       the task, or this user's part of it, is answered already
 * @throws Refused('not_found')  there is no such task, or it is another user's
 * @see b24restdocs api-reference/bizproc/bizproc-task/bizproc-task-complete.md
 */
export async function completeTask(client: Bitrix24Client, completion: TaskCompletion, call: Call): Promise<void> {
  const { nativeTaskId, status, comment, fields } = completion;
  const params = {
    TASK_ID: Number(nativeTaskId),
    STATUS: numberOf[status],
    ...(comment === null ? {} : { COMMENT: comment }),
    ...(Object.keys(fields).length === 0 ? {} : { FIELDS: fields }),
  };
  await commanded(client, { asked: 'task', method: 'bizproc.task.complete', params }, call);
}

/** Gives a task from one user to another. @see b24restdocs api-reference/bizproc/bizproc-task/bizproc-task-delegate.md */
export async function delegateTask(client: Bitrix24Client, delegation: TaskDelegation, call: Call): Promise<void> {
  const { nativeTaskId, fromUserId, toUserId } = delegation;
  const params = {
    TASK_IDS: [Number(nativeTaskId)],
    FROM_USER_ID: userNumber(fromUserId),
    TO_USER_ID: userNumber(toUserId),
  };
  await commanded(client, { asked: 'task', method: 'bizproc.task.delegate', params }, call);
}

/** The portal would cast "12abc" to user 12; 0 is nobody. */
function userNumber(userId: string): number {
  return /^[1-9]\d{0,14}$/.test(userId) ? Number(userId) : 0;
}

async function commanded(client: Bitrix24Client, portalCall: PortalCall, call: Call): Promise<void> {
  const { result } = await client.call(portalCall, call);
  if (result !== true) throw new InDoubt(`The answer to ${portalCall.method} cannot be read.`);
}
