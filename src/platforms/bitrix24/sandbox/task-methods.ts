import type { JsonObject } from '../../../lib/json.js';
import type { KeptTask, TaskPart } from './kept-tasks.js';
import { page } from './listing.js';
import type { Caller, Method } from './method.js';
import { textOf, valuesOf } from './php-params.js';
import { PortalFault } from './portal-fault.js';
import type { PortalState } from './state.js';
import { executionFault } from './task-execution.js';
import { taskKindOf, type TaskKind } from './task-kinds.js';
import { templates, type SandboxTemplate } from './templates.js';

const statusOf: Readonly<Record<string, number>> = { '1': 1, yes: 1, '2': 2, no: 2, '3': 3, ok: 3, '4': 4, cancel: 4 };

/** Tasks of what is over are purged in the cloud after about a day. */
const keptMs = 23 * 3_600_000;

/** The users of the portal; from 100 on they are not of the company, and from 1,000 on there are none. */
const firstGuest = 100;
const firstUnknown = 1000;

const list: Method = {
  operation: 'tasks',
  upperCaseKeys: true,
  run: ({ params, state, caller }) => {
    const rows = [...state.tasks]
      .filter((task) => isKept(task, state))
      .flatMap((task) => task.users.filter((part) => maySee(caller, part)).map((part) => rowOf(task, part, state)));
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
    if (!/^[1-9]\d*$/.test(id)) throw new PortalFault(400, 'ERROR_TASK_VALIDATION', 'empty TASK_ID');
    if (status === undefined) throw new PortalFault(400, 'ERROR_TASK_VALIDATION', 'incorrect STATUS');
    const task = state.tasks.find(id);
    const part = task?.users.find(({ userId }) => userId === caller.userId);
    if (!task || !part || !isKept(task, state)) throw new PortalFault(400, 'ERROR_TASK_NOT_FOUND', 'Task not found');
    const run = state.runOf(task);
    seen.definition = run?.templateId ?? null;
    if (task.status !== 0 || part.status !== 0 || run?.state !== 'running') {
      throw new PortalFault(400, 'ERROR_TASK_COMPLETED', 'Task already completed');
    }
    const kind = kindOf(task, state);
    if (!kind || kind.answers.length === 0) throw new PortalFault(400, 'ERROR_TASK_TYPE', 'Incorrect task type');
    const fault = executionFault(kind, { status, comment: textOf(params['COMMENT']), fields: params['FIELDS'] });
    if (fault !== null) throw new PortalFault(400, 'ERROR_TASK_EXECUTION', fault);
    task.fields = params['FIELDS'] ?? {};
    state.tasks.answer(task, part, status);
    if (task.status !== 0 && kind.endsRun) state.end(run, 'completed');
    seen.executed = true;
    await state.saved();
    return { result: true };
  },
};

const delegate: Method = {
  operation: 'delegate_task',
  upperCaseKeys: true,
  run: async ({ params, state, caller, seen }) => {
    const ids = (valuesOf(params['TASK_IDS']) ?? []).map(textOf);
    if (ids.length === 0 || !ids.every((id) => /^[1-9]\d*$/.test(id))) {
      throw new PortalFault(400, 'ERROR_TASK_VALIDATION', 'Invalid TASK_IDS');
    }
    const from = userIn(params['FROM_USER_ID'], 'FROM_USER_ID');
    const to = userIn(params['TO_USER_ID'], 'TO_USER_ID');
    const texts: string[] = [];
    if (Number(to) >= firstGuest) texts.push('Task delegation is only available for intranet users');
    const tasks = ids.map((id) => state.tasks.find(id));
    const parts = tasks.map((task) => task?.users.find(({ userId, status }) => userId === from && status === 0));
    const isTheirs = caller.isAdmin || caller.userId === from;
    if (!isTheirs || parts.some((part, index) => !part || tasks[index]?.status !== 0)) {
      texts.push('User is not responsible for the task');
    }
    if (texts.length > 0) throw new PortalFault(400, 'ERROR_DELEGATION_NOT_ALLOWED', texts.join(';'));
    for (const [index, task] of tasks.entries()) {
      const part = parts[index];
      if (task && part) state.tasks.delegate(task, part, to);
      if (task) seen.definition = state.runOf(task)?.templateId ?? null;
    }
    seen.executed = true;
    await state.saved();
    return { result: true };
  },
};

function userIn(value: unknown, name: string): string {
  const id = Number(textOf(value));
  if (Number.isSafeInteger(id) && id > 0 && id < firstUnknown) return String(id);
  throw new PortalFault(400, 'ERROR_INVALID_USER_ID', `Invalid ${name}`);
}

/** A killed run leaves nothing behind, a terminated one only what was answered. */
function isKept(task: KeptTask, state: PortalState): boolean {
  const run = state.runOf(task);
  if (!run || run.state === 'killed') return false;
  if (run.state === 'running') return true;
  if (run.state === 'terminated' && task.users.every(({ status }) => status === 0)) return false;
  return state.clock.now().getTime() - Date.parse(run.modifiedAt) < keptMs;
}

/** Everybody sees what is theirs; only administrators see more (the staff of a head is left out). */
function maySee({ isAdmin, userId }: Caller, part: TaskPart): boolean {
  return isAdmin || part.userId === userId;
}

function templateOf(task: KeptTask, state: PortalState): SandboxTemplate | undefined {
  const run = state.runOf(task);
  return templates.find(({ id }) => id === run?.templateId);
}

function kindOf(task: KeptTask, state: PortalState): TaskKind | null {
  return taskKindOf(templateOf(task, state)?.behaviour);
}

function rowOf(task: KeptTask, part: TaskPart, state: PortalState): JsonObject {
  const run = state.runOf(task);
  const template = templateOf(task, state);
  const kind = taskKindOf(template?.behaviour);
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
    WORKFLOW_TEMPLATE_NAME: template?.name ?? null,
    WORKFLOW_STATE: 'Waiting for approval',
    STATUS: String(task.status),
    USER_ID: part.userId,
    USER_STATUS: String(part.status),
    MODULE_ID: run?.document[0] ?? null,
    ENTITY: run?.document[1] ?? null,
    DOCUMENT_ID: run?.document[2] ?? null,
    ACTIVITY: kind?.activity ?? 'ApproveActivity',
    ACTIVITY_NAME: 'A3651_68033_56029_16414',
    PARAMETERS: kind?.parameters ?? {},
    DOCUMENT_URL: `/crm/lead/details/${run?.document[2].replace(/^\D+/, '') ?? ''}/`,
  };
}

export const taskMethods: Readonly<Record<string, Method>> = {
  'bizproc.task.list': list,
  'bizproc.task.complete': complete,
  'bizproc.task.delegate': delegate,
};
