import { isJsonObject } from '../lib/json.js';
import { taskStatuses, type TaskCompletion, type TaskDelegation } from '../platforms/task.js';
import type { Operation } from '../processes/operation.js';

/** What is to be done with a task. */
export type TaskOrder = ({ readonly do: 'complete' } & TaskCompletion) | ({ readonly do: 'delegate' } & TaskDelegation);

/** The order that a task's operation keeps. @throws Error  it keeps none */
export function taskOrderOf({ id, kind, input }: Operation): TaskOrder {
  const { nativeTaskId, status, comment = null, fields = {}, fromUserId, toUserId } = input;
  const known = taskStatuses.find((one) => one === status);
  if (typeof nativeTaskId === 'string') {
    if (kind === 'complete_task' && known && isJsonObject(fields)) {
      return {
        do: 'complete',
        nativeTaskId,
        status: known,
        comment: typeof comment === 'string' ? comment : null,
        fields,
      };
    }
    if (kind === 'delegate_task' && typeof fromUserId === 'string' && typeof toUserId === 'string') {
      return { do: 'delegate', nativeTaskId, fromUserId, toUserId };
    }
  }
  throw new Error(`Operation ${id} keeps no order for a task`);
}
