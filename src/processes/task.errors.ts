import { KnownError } from '../lib/known-error.js';

/** Its run has no process that could carry the command. */
export class TaskOfNoProcess extends KnownError {
  override readonly name = 'TaskOfNoProcess';
  readonly code = 'conflict';

  constructor(taskId: string, { connection, runId }: { readonly connection: string; readonly runId: string }) {
    super(
      `The run ${runId} of task ${taskId} is not under management; bring it there first: POST /v1/processes/adopt ` +
        `{"connection": "${connection}", "nativeId": "${runId}"}.`,
    );
  }
}

/** The connection acts as a user whose task it is not. */
export class NotAssignee extends KnownError {
  override readonly name = 'NotAssignee';
  readonly code = 'not-assignee';

  constructor(
    taskId: string,
    { actsAs, assignees }: { readonly actsAs: string; readonly assignees: readonly string[] },
  ) {
    super(
      `Task ${taskId} is assigned to ${assignees.join(', ')}, and this connection acts as user ${actsAs}. Delegate the ` +
        'task to that user, or complete it through a connection of its assignee.',
    );
  }
}

/** Somebody has answered it. */
export class TaskDone extends KnownError {
  override readonly name = 'TaskDone';
  readonly code = 'task-already-completed';

  constructor(taskId: string) {
    super(`Task ${taskId} is answered already, or over; nothing is left to do.`);
  }
}

export type TaskError = TaskOfNoProcess | NotAssignee | TaskDone;
