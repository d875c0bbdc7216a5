import { z } from 'zod';
import type { Parameter } from '../definition.js';
import type { Task, TaskState, TaskStatus } from '../task.js';
import { parameterOf } from './templates.js';

const id = z.union([z.string(), z.number()]).transform(String);
const text = id.catch('');
const moment = z
  .string()
  .transform((written) => new Date(written))
  .refine((at) => !Number.isNaN(at.getTime()))
  .nullable()
  .catch(null);

/** What a row of bizproc.task.list tells of which task it is of. Source: api-reference/bizproc/bizproc-task/bizproc-task-list.md */
export const NominatedRow = z.object({ ID: id, WORKFLOW_ID: z.string(), STATUS: id, USER_ID: id });
export type NominatedRow = z.infer<typeof NominatedRow>;

const Declared = z.looseObject({ Id: z.string() });
const TaskParameters = z
  .looseObject({
    CommentRequired: text.optional(),
    Fields: z
      .union([z.array(z.unknown()), z.record(z.string(), z.unknown()).transform((map) => Object.values(map))])
      .nullish()
      .catch(null),
  })
  // PHP writes an empty map as a list.
  .catch({});

/** A whole row of bizproc.task.list: there is one for each task and user. */
export const TaskFullRow = NominatedRow.extend({
  NAME: text,
  USER_STATUS: text,
  WORKFLOW_TEMPLATE_ID: id.nullish().catch(null),
  OVERDUE_DATE: moment,
  ACTIVITY: text,
  PARAMETERS: TaskParameters,
});
export type TaskFullRow = z.infer<typeof TaskFullRow>;

/** 4: its time was over, 5: its run was (observed). */
export const stateOfStatus: Readonly<Record<string, TaskState>> = {
  '0': 'waiting',
  '1': 'completed',
  '2': 'completed',
  '3': 'completed',
  '4': 'cancelled',
  '5': 'cancelled',
};

/** The numbers of USER_STATUS; 0: not answered. 4 is observed. */
const answerOfStatus: Readonly<Record<string, TaskStatus>> = { '1': 'yes', '2': 'no', '3': 'ok', '4': 'cancel' };

/** How tasks of an activity are answered. Source: api-reference/bizproc/bizproc-task/bizproc-task-complete.md */
const statusesOf: Readonly<Record<string, readonly TaskStatus[]>> = {
  ApproveActivity: ['yes', 'no'],
  ReviewActivity: ['ok'],
  RequestInformationActivity: ['ok'],
  RequestInformationOptionalActivity: ['ok', 'cancel'],
};

/** `CommentRequired`: Y always, YA with an approval, YR with a rejection. */
const commentRequiredFor: Readonly<Record<string, readonly TaskStatus[]>> = {
  Y: ['yes', 'no', 'ok', 'cancel'],
  YA: ['yes', 'ok'],
  YR: ['no', 'cancel'],
};

/** The task that rows of one ID tell of; `null`: there is no row. */
export function taskOf(rows: readonly TaskFullRow[]): Task | null {
  const [row] = rows;
  if (!row) return null;
  const answered = rows.filter(({ USER_STATUS }) => USER_STATUS !== '0' && USER_STATUS !== '');
  return {
    nativeId: row.ID,
    runId: row.WORKFLOW_ID,
    definition: row.WORKFLOW_TEMPLATE_ID ?? null,
    name: row.NAME,
    state: known(stateOfStatus, row.STATUS) ?? 'waiting',
    assignees: [...new Set(rows.map(({ USER_ID }) => USER_ID))],
    answers: answered.map(({ USER_ID, USER_STATUS }) => ({
      assignee: USER_ID,
      status: known(answerOfStatus, USER_STATUS),
    })),
    statuses: known(statusesOf, row.ACTIVITY),
    commentRequiredFor: known(commentRequiredFor, row.PARAMETERS.CommentRequired ?? '') ?? [],
    fields: fieldsOf(row),
    dueAt: row.OVERDUE_DATE,
  };
}

function fieldsOf({ PARAMETERS: { Fields } }: TaskFullRow): Parameter[] {
  return (Fields ?? []).flatMap((told) => {
    const field = Declared.safeParse(told);
    return field.success ? [parameterOf(field.data.Id, field.data)] : [];
  });
}

// Words come from outside: `constructor` must not find anything.
function known<T>(table: Readonly<Record<string, T>>, word: string): T | null {
  return Object.hasOwn(table, word) ? (table[word] ?? null) : null;
}
