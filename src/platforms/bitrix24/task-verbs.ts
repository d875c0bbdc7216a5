import type { Platform } from '../platform.js';
import type { Bitrix24Client } from './bitrix24.client.js';
import type { PortalAuth } from './connection.js';
import { prepareAnswer } from './task-answer.js';
import { completeTask, delegateTask } from './task-commands.js';
import { nominateTasks, readTasks, tasksAtOnce } from './tasks.js';

type TaskVerbs = Required<
  Pick<Platform, 'tasks' | 'readTasks' | 'tasksAtOnce' | 'prepareAnswer' | 'completeTask' | 'delegateTask'>
>;

/** The tasks of people, as every connection has them. */
export function taskVerbs(client: Bitrix24Client, auth: () => PortalAuth): TaskVerbs {
  return {
    tasks: (query, call) => nominateTasks(client, query, call),
    readTasks: (ids, call) => {
      const own = auth();
      return readTasks(client, { ids, userId: own.type === 'webhook' ? String(own.userId) : null }, call);
    },
    tasksAtOnce,
    prepareAnswer,
    completeTask: (completion, call) => completeTask(client, completion, call),
    delegateTask: (delegation, call) => delegateTask(client, delegation, call),
  };
}
