import type { JsonObject } from '../../../lib/json.js';
import { fieldOf, textOf } from './php-params.js';
import type { TemplateBehaviour } from './templates.js';

/** What the task of a template is, and what its run does when it is answered. */
export interface TaskKind {
  readonly activity: string;
  readonly name: string;
  /** As PARAMETERS of the list shows it. */
  readonly parameters: JsonObject;
  /** The variables that name its users; where one names nobody it is whoever started the run. */
  readonly users: readonly string[];
  /** Its STATUS numbers: 1 yes, 2 no, 3 ok, 4 cancel. */
  readonly answers: readonly number[];
  /** Whether the run is over with it. */
  readonly endsRun: boolean;
}

const comment = { CommentLabel: 'Comment', CommentRequired: 'N', ShowComment: 'Y' };
const approval = { ...comment, StatusYesLabel: 'Approve', StatusNoLabel: 'Reject' };

function field(Id: string, Type: string, Name: string, more: JsonObject = {}): JsonObject {
  const plain = { Description: '', Multiple: false, Required: false, Options: null, Settings: null, Default: null };
  return { ...plain, Id, Type, Name, ...more };
}

const kinds: Readonly<Partial<Record<TemplateBehaviour, TaskKind>>> = {
  'waits-for-task': {
    activity: 'ApproveActivity',
    name: 'Approve',
    parameters: approval,
    users: ['Parameter1'],
    answers: [1, 2],
    endsRun: true,
  },
  'waits-for-two': {
    activity: 'ApproveActivity',
    name: 'Approve the budget',
    // A rejection needs its reason.
    parameters: { ...approval, CommentRequired: 'YR' },
    users: ['First', 'Second'],
    answers: [1, 2],
    endsRun: true,
  },
  'asks-for-information': {
    activity: 'RequestInformationOptionalActivity',
    name: 'Fill in the invoice',
    parameters: {
      ...comment,
      StatusOkLabel: 'Save',
      StatusCancelLabel: 'Refuse',
      Fields: [
        field('Amount', 'double', 'Amount', { Required: true }),
        field('DueOn', 'date', 'Due on'),
        field('Kind', 'select', 'Kind', { Options: { goods: 'Goods', service: 'Service' } }),
        field('Copies', 'file', 'Copies', { Multiple: true }),
      ],
    },
    users: ['Clerk'],
    answers: [3, 4],
    endsRun: false,
  },
  'task-of-an-application': {
    activity: 'rest_sandbox_step',
    name: 'Confirm in the application',
    parameters: comment,
    users: ['Clerk'],
    answers: [],
    endsRun: true,
  },
};

/** The task that a run of this behaviour waits for; `null`: none. */
export function taskKindOf(behaviour: TemplateBehaviour | undefined): TaskKind | null {
  return (behaviour && kinds[behaviour]) ?? null;
}

/** The users of a new task by the variables of its run. */
export function usersOf({ users }: TaskKind, parameters: unknown, starter: string): readonly string[] {
  const named = users.map((name) => /^user_(\d+)$/.exec(textOf(fieldOf(parameters, name)))?.[1] ?? starter);
  return [...new Set(named)];
}
