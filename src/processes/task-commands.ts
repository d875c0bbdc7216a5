import { valueFault } from '../lib/fault.js';
import type { JsonObject } from '../lib/json.js';
import type { TaskAnswer } from '../platforms/task.js';
import type { Client } from './client.js';
import type { CommandDesk, Plan } from './command-desk.js';
import type { IdempotencyKey } from './idempotency.js';
import type { Process } from './process.js';
import { Invalid, ProcessClosed, RunUnknown, Unsupported } from './process.errors.js';
import { categoryOf } from './process-state.js';
import type { SeenTask, TaskSight } from './seen-task.js';
import type { Commanded } from './start-command.js';
import { NotAssignee, TaskDone, TaskOfNoProcess } from './task.errors.js';

/** Who commands which task, under which key. */
export interface CommandOnTask {
  /** `{connection}:{nativeId}` */
  readonly taskId: string;
  readonly by: Client;
  readonly key: IdempotencyKey;
  readonly traceId: string;
}

export interface CompleteTaskCommand extends CommandOnTask {
  readonly answer: TaskAnswer;
}

export interface DelegateTaskCommand extends CommandOnTask {
  readonly fromUserId: string;
  readonly toUserId: string;
}

/**
 * Accepts commands on the tasks of people. An operation belongs to a process, so the task is read first; it goes through
 * the connection that the task is named by, which may be another than that of its process.
 */
export class TaskCommands {
  constructor(
    private readonly desk: CommandDesk,
    private readonly sight: TaskSight,
  ) {}

  /**
   * @throws NotFound, KeyReused, Unsupported, Invalid, NotAssignee, TaskDone, TaskOfNoProcess, RunUnknown, ProcessClosed,
   *   LiveReadError: nothing was accepted
   */
  complete(command: CompleteTaskCommand): Promise<Commanded> {
    const { taskId, answer } = command;
    return this.#take(command, 'complete_task', (seen) => {
      const { task, actsAs } = seen;
      const { platform } = seen.portal;
      if (!platform.completeTask || !platform.prepareAnswer) throw unsupported(seen, 'complete_task');
      if (task.state !== 'waiting') throw new TaskDone(taskId);
      if (!task.assignees.includes(actsAs)) throw new NotAssignee(taskId, { actsAs, assignees: task.assignees });
      if (task.answers.some(({ assignee }) => assignee === actsAs)) throw new TaskDone(taskId);
      const { faults, fields } = platform.prepareAnswer(task, answer);
      if (faults.length > 0) throw new Invalid(faults);
      return { status: answer.status, comment: answer.comment, fields };
    });
  }

  /** @throws as `complete`, NotAssignee aside */
  delegate(command: DelegateTaskCommand): Promise<Commanded> {
    const { taskId, fromUserId, toUserId } = command;
    return this.#take(command, 'delegate_task', (seen) => {
      const { task } = seen;
      if (!seen.portal.platform.delegateTask) throw unsupported(seen, 'delegate_task');
      if (task.state !== 'waiting') throw new TaskDone(taskId);
      if (!task.assignees.includes(fromUserId)) {
        const message = `The task is assigned to ${task.assignees.join(', ')}; name one of them.`;
        throw new Invalid([valueFault('/fromUserId', 'not-assignee', message)]);
      }
      if (fromUserId === toUserId) {
        throw new Invalid([valueFault('/toUserId', 'unfit', 'Name another user than the one who has the task.')]);
      }
      return { fromUserId, toUserId };
    });
  }

  async #take(
    command: CommandOnTask,
    kind: 'complete_task' | 'delegate_task',
    inputOf: (seen: SeenTask) => JsonObject,
  ): Promise<Commanded> {
    // A repeated command is answered without its portal.
    const known = await this.desk.known(command.by, command.key);
    return known ?? this.desk.orKnown(command, () => this.#decided(command, kind, inputOf));
  }

  async #decided(
    { taskId, by, key, traceId }: CommandOnTask,
    kind: 'complete_task' | 'delegate_task',
    inputOf: (seen: SeenTask) => JsonObject,
  ): Promise<Commanded> {
    const seen = await this.sight.of(taskId, by.visible);
    const { connection } = seen.portal;
    const { nativeId: nativeTaskId, runId } = seen.task;
    const input = { taskId, nativeTaskId, by: by.name, ...inputOf(seen) };
    if (!seen.process) throw new TaskOfNoProcess(taskId, { connection: connection.key, runId });
    return this.desk.take({ processId: seen.process.id, by, key, traceId }, async (process): Promise<Plan> => {
      assertHasRun(process);
      return { kind, input, connection: connection.key, after: process, data: {}, takesBack: null };
    });
  }
}

function assertHasRun(process: Process): void {
  if (categoryOf[process.state] === 'closed') throw new ProcessClosed(process);
  if (process.nativeId === null) throw new RunUnknown(process.id);
}

function unsupported({ portal: { kind } }: SeenTask, operation: 'complete_task' | 'delegate_task'): Unsupported {
  const verb = operation === 'complete_task' ? 'complete' : 'delegate';
  return new Unsupported(`${kind.name} cannot ${verb} a task over its API. ${kind.notes[operation] ?? ''}`.trim());
}
