import type { JsonObject } from '../../../lib/json.js';
import { page } from './listing.js';
import type { Method } from './method.js';
import { textOf } from './php-params.js';
import { PortalFault } from './portal-fault.js';
import type { KeptTask, PortalState } from './state.js';
import { templates } from './templates.js';

const statusOf: Readonly<Record<string, number>> = { '1': 1, yes: 1, '2': 2, no: 2, '3': 3, ok: 3, '4': 4, cancel: 4 };

const list: Method = {
  upperCaseKeys: true,
  run: ({ params, state, caller }) => {
    const visible = [...state.tasks].filter(({ userId }) => caller.isAdmin || userId === caller.userId);
    const rows = visible.map((task) => rowOf(task, state));
    const fields = Object.keys(rows[0] ?? { ID: '' });
    return page(rows, params, {
      fields,
      select: ['ID', 'WORKFLOW_ID', 'DOCUMENT_NAME', 'NAME'],
      order: ['ID', 'DESC'],
    });
  },
};

const complete: Method = {
  operation: 'complete_task',
  upperCaseKeys: true,
  run: async ({ params, state, caller, seen }) => {
    const id = textOf(params['TASK_ID']);
    const status = statusOf[textOf(params['STATUS']).toLowerCase()];
    if (id === '' || status === undefined) throw new PortalFault(400, 'ERROR_TASK_VALIDATION', 'Incorrect STATUS');
    const task = state.task(id);
    if (task?.userId !== caller.userId) throw new PortalFault(400, 'ERROR_TASK_NOT_FOUND', 'Task not found');
    const run = state.runOf(task);
    if (task.status !== 0 || run?.state !== 'running') {
      throw new PortalFault(400, 'ERROR_TASK_COMPLETED', 'Task already completed');
    }
    state.taskDone(task, status);
    state.end(run, 'completed');
    seen.definition = run.templateId;
    seen.executed = true;
    await state.saved();
    return { result: true };
  },
};

function rowOf(task: KeptTask, state: PortalState): JsonObject {
  const run = state.runOf(task);
  return {
    ID: task.id,
    WORKFLOW_ID: run?.nativeId ?? null,
    NAME: task.name,
    DESCRIPTION: '',
    DOCUMENT_NAME: run?.document[2] ?? '',
    MODIFIED: run?.modifiedAt ?? null,
    WORKFLOW_STARTED: run?.startedAt ?? null,
    WORKFLOW_STARTED_BY: run?.startedBy ?? null,
    OVERDUE_DATE: null,
    WORKFLOW_TEMPLATE_ID: run?.templateId ?? null,
    WORKFLOW_TEMPLATE_NAME: templates.find(({ id }) => id === run?.templateId)?.name ?? null,
    WORKFLOW_STATE: 'Waiting for approval',
    STATUS: String(task.status),
    USER_ID: task.userId,
    USER_STATUS: String(task.status === 5 ? 0 : task.status),
    MODULE_ID: run?.document[0] ?? null,
    ENTITY: run?.document[1] ?? null,
    DOCUMENT_ID: run?.document[2] ?? null,
    ACTIVITY: 'ApproveActivity',
    ACTIVITY_NAME: 'A3651_68033_56029_16414',
    PARAMETERS: {
      CommentLabel: 'Comment',
      CommentRequired: 'N',
      ShowComment: 'Y',
      StatusYesLabel: 'Approve',
      StatusNoLabel: 'Reject',
    },
  };
}

export const taskMethods: Readonly<Record<string, Method>> = {
  'bizproc.task.list': list,
  'bizproc.task.complete': complete,
};
